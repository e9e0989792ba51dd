// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "session.hpp"

#include <weft/fiber/deadline.hpp>
#include <weft/io/file.hpp>
#include <weft/io/filesystem.hpp>

#include "range.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace example
{

namespace
{

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace fs = std::filesystem;
using boost::system::error_code;

std::string_view type_of(const fs::path& file)
{
    const auto extension = file.extension();
    return extension == ".html"  ? "text/html"
           : extension == ".css" ? "text/css"
           : extension == ".js"  ? "text/javascript"
           : extension == ".svg" ? "image/svg+xml"
           : extension == ".png" ? "image/png"
           : extension == ".txt" ? "text/plain"
                                 : "application/octet-stream";
}

/// What to answer to a request that could not be read; none where nobody listens.
std::optional<http_status> status_of(const error_code& error)
{
    if (error == asio::error::timed_out)
    {
        return http_status::request_timeout;
    }
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
    {
        return http_status::request_header_fields_too_large;
    }
    if (error == http::error::body_limit)
    {
        return http_status::payload_too_large;
    }
    if (error == http::error::partial_message ||
        error.category() != make_error_code(http::error::bad_method).category())
    {
        return {};
    }
    return http_status::bad_request;
}

using request_parser = http::request_parser<http::string_body>;

void read_request(weft::any_stream& peer, beast::flat_buffer& buffer, request_parser& parser, error_code& error)
{
    http::read_header(peer, buffer, parser, error);
    if (!error && beast::iequals(parser.get()[http::field::expect], "100-continue"))
    {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        peer.write(asio::buffer(go_on), error);
    }
    if (!error)
    {
        http::read(peer, buffer, parser, error);
    }
}

/// To close while something is unread would take back the answer.
void part(weft::any_stream& peer, weft::tcp::socket& socket, const http_limits& limits)
{
    const weft::deadline limit(limits.farewell_time);
    error_code error;
    peer.shutdown(asio::socket_base::shutdown_send, error); // the notice of TLS
    socket.shutdown(asio::socket_base::shutdown_send, error);
    for (std::array<char, 4096> rest; !error;)
    {
        socket.read_some(asio::buffer(rest), error);
    }
}

} // namespace

template <class Body>
void http_exchange::begin(http::response<Body>& response, std::string_view type)
{
    response.version(asked_.version());
    response.set(http::field::server, "weft");
    response.set(http::field::content_type, type);
    response.keep_alive(keep_);
}

void http_exchange::send(http_status status, std::string_view type, std::string text)
{
    http::response<http::string_body> response(status, asked_.version(), std::move(text));
    begin(response, type);
    response.prepare_payload();
    http::response_serializer<http::string_body> serializer(response);
    if (asked_.method() == http::verb::head)
    {
        http::write_header(peer_, serializer);
    }
    else
    {
        http::write(peer_, serializer);
    }
}

void http_exchange::send(http_status status)
{
    send(status, "text/plain", std::string(http::obsolete_reason(status)) + "\n");
}

void http_exchange::redirect(const std::string& location)
{
    http::response<http::empty_body> response(http_status::moved_permanently, asked_.version());
    response.set(http::field::location, location);
    begin(response, "text/plain");
    response.content_length(0);
    http::write(peer_, response);
}

void http_exchange::send_file(const fs::path& where)
{
    // Opening something else, such as a pipe, might wait for ever.
    error_code error;
    weft::file file;
    if (weft::filesystem::status(where, error).type() == fs::file_type::regular)
    {
        file.open(where, weft::file::read_only, error);
    }
    if (!file.is_open())
    {
        send(error == asio::error::access_denied ? http_status::forbidden : http_status::not_found);
        return;
    }
    const auto size = file.size();
    byte_range part{byte_range::kind::whole, 0, size};
    // If-Range asks for a version of the file, of which this server says nothing.
    if (asked_.method() == http::verb::get && asked_.count(http::field::if_range) == 0)
    {
        part = parse_range(asked_[http::field::range], size);
    }
    http::response<http::empty_body> response(http_status::ok, asked_.version());
    const auto of_size = "/" + std::to_string(size);
    if (part.what == byte_range::kind::part)
    {
        response.result(http_status::partial_content);
        response.set(http::field::content_range, "bytes " + std::to_string(part.first) + "-" +
                                                     std::to_string(part.first + part.count - 1) + of_size);
    }
    else if (part.what == byte_range::kind::unsatisfiable)
    {
        response.result(http_status::range_not_satisfiable);
        response.set(http::field::content_range, "bytes *" + of_size);
    }
    response.set(http::field::accept_ranges, "bytes");
    begin(response, type_of(where));
    response.content_length(part.count);
    http::response_serializer<http::empty_body> serializer(response);
    http::write_header(peer_, serializer);
    if (asked_.method() != http::verb::head)
    {
        send_part(file, part.first, part.count);
    }
}

void http_exchange::send_part(weft::file& file, std::uint64_t first, std::uint64_t count)
{
    if (auto* const plain = peer_.target<weft::tcp::socket>())
    {
        keep_ = plain->sendfile(file.native_handle(), first, count) == count && keep_;
        return;
    }
    std::array<char, 16'384> piece;
    while (count != 0)
    {
        const auto size = file.read_at(first, asio::buffer(piece, std::min<std::uint64_t>(count, piece.size())));
        peer_.write(asio::buffer(piece, size));
        first += size;
        count -= size;
        if (size == 0) // it was cut meanwhile; the peer sees that something is missing
        {
            keep_ = false;
            return;
        }
    }
}

void converse(weft::any_stream& peer, weft::tcp::socket& socket, const http_limits& limits, const http_handler& answer,
              const std::stop_token& stopping)
{
    socket.set_option(asio::ip::tcp::no_delay(true)); // a header goes out before the file that follows
    beast::flat_buffer buffer(limits.header);
    bool is_first = true;
    for (bool keep = true; keep; is_first = false)
    {
        request_parser parser;
        parser.header_limit(static_cast<std::uint32_t>(limits.header));
        parser.body_limit(limits.body);
        const auto has_begun = [&] { return parser.got_some() || buffer.size() != 0; };
        error_code error;
        {
            const std::stop_callback end_if_idle(stopping, [&] {
                if (!is_first && !has_begun())
                {
                    error_code ignored;
                    socket.shutdown(asio::socket_base::shutdown_receive, ignored);
                }
            });
            const weft::deadline limit(limits.request_time);
            read_request(peer, buffer, parser, error);
        }
        const weft::deadline limit(limits.answer_time);
        keep = !error && parser.get().keep_alive() && !stopping.stop_requested();
        http_exchange exchange(peer, parser.get(), keep);
        if (!error)
        {
            answer(exchange);
            keep = exchange.keep();
        }
        else if (const auto status = status_of(error); status && has_begun())
        {
            exchange.send(*status);
        }
    }
    part(peer, socket, limits);
}

void converse(weft::tcp::socket& socket, const http_limits& limits, const http_handler& answer,
              const std::stop_token& stopping)
{
    weft::any_stream peer(std::in_place_type<weft::tcp::socket&>, socket);
    converse(peer, socket, limits, answer, stopping);
}

} // namespace example
