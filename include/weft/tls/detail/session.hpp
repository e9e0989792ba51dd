// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TLS_DETAIL_SESSION_HPP
#define WEFT_TLS_DETAIL_SESSION_HPP

#include <weft/io/detail/byte_stream.hpp>
#include <weft/tls/context.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st; // OpenSSL's SSL

namespace weft::tls::detail
{

/// One connection's TLS, over any stream of bytes.
class session
{
public:
    using error_code = boost::system::error_code;

    session(weft::detail::byte_stream& below, const boost::asio::any_io_executor& executor, context_pointer context,
            bool is_client);
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    void handshake(std::string_view host, error_code& error);
    void accept(error_code& error);
    std::size_t read_some(weft::detail::mutable_buffers into, error_code& error);
    std::size_t write_some(weft::detail::const_buffers bytes, error_code& error);
    void shutdown(boost::asio::socket_base::shutdown_type what, error_code& error);

    [[noreturn]] void throw_handshake_error(const error_code& error) const;
    ssl_st* native_handle() const noexcept;
    std::string_view alpn() const noexcept;
    std::string why_not_trusted() const;

private:
    struct parts;
    const std::unique_ptr<parts> parts_;
};

} // namespace weft::tls::detail

#endif
