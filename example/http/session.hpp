// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_HTTP_SESSION_HPP
#define WEFT_EXAMPLE_HTTP_SESSION_HPP

#include <weft/io/any_stream.hpp>
#include <weft/io/file.hpp>
#include <weft/io/tcp.hpp>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace example
{

/// What a web server must bound. Sizes in bytes.
struct http_limits
{
    std::size_t header = 8192;
    std::size_t body = 65'536;
    std::chrono::milliseconds request_time = std::chrono::seconds(10); ///< for all of it, however slowly it drips
    std::chrono::milliseconds answer_time = std::chrono::seconds(60);
    std::chrono::milliseconds farewell_time = std::chrono::seconds(2); ///< for the peer to close after the last answer
};

using http_request = boost::beast::http::request<boost::beast::http::string_body>;
using http_status = boost::beast::http::status;

/// A request, and the means to answer it, once.
class http_exchange
{
public:
    http_exchange(weft::any_stream& peer, const http_request& asked, bool keep)
        : peer_(peer), asked_(asked), keep_(keep)
    {
    }

    const http_request& asked() const noexcept
    {
        return asked_;
    }

    void send(http_status status, std::string_view type, std::string text);
    /// The status as text.
    void send(http_status status);
    void redirect(const std::string& location);
    /// What the Range header wants of a file: by `sendfile` if the peer is a plain socket.
    void send_file(const std::filesystem::path& file);

    /// Whether another request may follow.
    bool keep() const noexcept
    {
        return keep_;
    }

private:
    template <class Body>
    void begin(boost::beast::http::response<Body>& response, std::string_view type);
    void send_part(weft::file& file, std::uint64_t first, std::uint64_t count);

    weft::any_stream& peer_;
    const http_request& asked_;
    bool keep_;
};

using http_handler = std::function<void(http_exchange&)>;

/// One request after another, as long as the peer keeps the connection. Once `stopping` says so, what has begun is still
/// answered, and a connection on which nothing was asked yet may ask once; idle ones are ended. `socket` is what `peer`
/// runs over. Stops are requested on this thread.
///
/// Errors: `system_error` when the connection fails.
void converse(weft::any_stream& peer, weft::tcp::socket& socket, const http_limits& limits, const http_handler& answer,
              const std::stop_token& stopping);
/// Without TLS.
void converse(weft::tcp::socket& socket, const http_limits& limits, const http_handler& answer,
              const std::stop_token& stopping);

} // namespace example

#endif
