// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_CONNECTED_OBJECT_HPP
#define WEFT_IO_DETAIL_CONNECTED_OBJECT_HPP

#include <weft/io/detail/socket_object.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>

#include <cstddef>
#include <utility>

namespace weft::detail
{

/// What sockets have whose connection has an end, which is remembered: a later attempt to read might wait for ever.
template <class Object>
class connected_object : public socket_object<Object>
{
    using base = socket_object<Object>;

public:
    using typename base::endpoint_type;
    using typename base::error_code;
    using executor_type = boost::asio::any_io_executor;
    using next_layer_type = Object;

    /// A closed socket on the running fiber's scheduler. Errors: `operation_not_permitted` outside of fibers.
    connected_object() : connected_object(this_executor()) {}
    explicit connected_object(executor_type executor) : base(std::in_place, std::move(executor)) {}

    /// Takes over an open or closed socket of Asio. No operation may be pending on it.
    explicit connected_object(next_layer_type&& socket) : base(std::in_place, std::move(socket)) {}

    /// Waits for the connection. Cancellation: the attempt may go on in the system until the socket is closed.
    void connect(const endpoint_type& peer, error_code& error)
    {
        ended_ = false;
        base::connect(peer, error);
    }
    void connect(const endpoint_type& peer)
    {
        ended_ = false;
        base::connect(peer);
    }

protected:
    using base::object_;

    /// `receive` reports the end as `eof`, and is not called again after that.
    template <class Receive>
    std::size_t until_end(error_code& error, Receive receive)
    {
        if (ended_)
        {
            error = boost::asio::error::eof;
            return 0;
        }
        const auto count = this->again_after_shutdown(error, receive);
        ended_ = error == boost::asio::error::eof;
        return count;
    }

private:
    bool ended_ = false;
};

} // namespace weft::detail

#endif
