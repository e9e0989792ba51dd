// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_STREAM_FORMS_HPP
#define WEFT_IO_DETAIL_STREAM_FORMS_HPP

#include <weft/io/detail/io_object.hpp>

#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>

namespace weft::detail
{

/// What every stream has beside `read_some` and `write_some` with an `error_code`. `Stream`, which derives from this, has
/// these two, and names those here with `using`.
template <class Stream>
class stream_forms
{
public:
    /// 0 at the end of the stream.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers)
    {
        boost::system::error_code error;
        const auto count = self().read_some(buffers, error);
        throw_unless_end(error, "read_some");
        return count;
    }

    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers)
    {
        boost::system::error_code error;
        const auto count = self().write_some(buffers, error);
        throw_error(error, "write_some");
        return count;
    }

    /// Writes all of `buffers`. Returns how many bytes were written, which is less only with an error.
    template <class ConstBuffers>
    std::size_t write(const ConstBuffers& buffers, boost::system::error_code& error)
    {
        return boost::asio::write(self(), buffers, error);
    }
    template <class ConstBuffers>
    std::size_t write(const ConstBuffers& buffers)
    {
        return boost::asio::write(self(), buffers);
    }

protected:
    stream_forms() = default;
    stream_forms(const stream_forms&) = default;
    stream_forms& operator=(const stream_forms&) = default;
    ~stream_forms() = default;

private:
    Stream& self() noexcept
    {
        return static_cast<Stream&>(*this);
    }
};

} // namespace weft::detail

#endif
