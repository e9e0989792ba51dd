// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_BINDABLE_OBJECT_HPP
#define WEFT_IO_DETAIL_BINDABLE_OBJECT_HPP

#include <weft/io/detail/io_object.hpp>

namespace weft::detail
{

/// What sockets and acceptors have: a protocol, a local address, options.
template <class Object>
class bindable_object : public io_object<Object>
{
public:
    using protocol_type = typename Object::protocol_type;
    using endpoint_type = typename Object::endpoint_type;
    using typename io_object<Object>::error_code;

    /// As Asio's. Blocks: never.
    void bind(const endpoint_type& where, error_code& error)
    {
        object_.bind(where, error);
    }
    void bind(const endpoint_type& where)
    {
        object_.bind(where);
    }

    endpoint_type local_endpoint(error_code& error) const
    {
        return object_.local_endpoint(error);
    }
    endpoint_type local_endpoint() const
    {
        return object_.local_endpoint();
    }

    template <class Option>
    void set_option(const Option& option, error_code& error)
    {
        object_.set_option(option, error);
    }
    template <class Option>
    void set_option(const Option& option)
    {
        object_.set_option(option);
    }
    template <class Option>
    void get_option(Option& option, error_code& error) const
    {
        object_.get_option(option, error);
    }
    template <class Option>
    void get_option(Option& option) const
    {
        object_.get_option(option);
    }

protected:
    using io_object<Object>::io_object;
    using io_object<Object>::object_;
};

} // namespace weft::detail

#endif
