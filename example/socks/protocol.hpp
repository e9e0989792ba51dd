// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_SOCKS_PROTOCOL_HPP
#define WEFT_EXAMPLE_SOCKS_PROTOCOL_HPP

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// SOCKS5, the server's side (RFC 1928), without input and output.
namespace example::socks
{

enum class progress
{
    complete,
    incomplete, ///< more bytes must come; never with `longest_greeting` or `longest_request` bytes
    invalid     ///< no bytes that come can mend it
};

enum class reply : std::uint8_t
{
    succeeded = 0,
    general_failure = 1,
    not_allowed = 2,
    network_unreachable = 3,
    host_unreachable = 4,
    connection_refused = 5,
    command_not_supported = 7,
    address_type_not_supported = 8
};

inline constexpr char version = 5;
inline constexpr char no_password = 0;
inline constexpr char no_acceptable_method = '\xff';
inline constexpr std::size_t longest_greeting = 2 + 255;
inline constexpr std::size_t longest_request = 4 + 1 + 255 + 2;

namespace detail
{

inline std::uint8_t byte_at(std::string_view bytes, std::size_t at) noexcept
{
    return static_cast<std::uint8_t>(bytes[at]);
}

template <class Address>
std::string text_of_address(std::string_view bytes)
{
    typename Address::bytes_type raw;
    std::transform(bytes.begin(), bytes.end(), raw.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return Address(raw).to_string();
}

/// What a resolver takes without surprises: a zero byte would end the name for the system and not for a log.
inline bool is_host_name(std::string_view name) noexcept
{
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

} // namespace detail

/// What a client sends first: how it could prove who it is.
struct greeting
{
    progress what = progress::incomplete;
    std::size_t size = 0; ///< of the greeting, in bytes; what follows belongs to the next message
    bool offers_no_password = false;
};

inline greeting parse_greeting(std::string_view bytes) noexcept
{
    if (!bytes.empty() && bytes[0] != version)
    {
        return {progress::invalid, 0, false};
    }
    if (bytes.size() < 2 || bytes.size() < 2u + detail::byte_at(bytes, 1))
    {
        return {};
    }
    const auto methods = bytes.substr(2, detail::byte_at(bytes, 1));
    return {progress::complete, 2 + methods.size(), methods.find(no_password) != methods.npos};
}

/// What it wants then.
struct request
{
    progress what = progress::incomplete;
    reply refusal = reply::succeeded; ///< what to answer if it is invalid
    std::size_t size = 0;             ///< in bytes
    std::string host;                 ///< a name, or an address as text
    std::uint16_t port = 0;
};

/// Of the commands, CONNECT alone.
inline request parse_request(std::string_view bytes)
{
    constexpr char connect = 1;
    const auto refuse = [](reply why) { return request{progress::invalid, why, 0, {}, 0}; };
    if (!bytes.empty() && bytes[0] != version)
    {
        return refuse(reply::general_failure);
    }
    if (bytes.size() < 5)
    {
        return {};
    }
    if (bytes[1] != connect)
    {
        return refuse(reply::command_not_supported);
    }
    if (bytes[2] != 0)
    {
        return refuse(reply::general_failure);
    }
    enum : char
    {
        v4 = 1,
        name = 3,
        v6 = 4
    };
    const char type = bytes[3];
    const std::size_t begin = type == name ? 5 : 4;
    const std::size_t length = type == v4 ? 4 : type == v6 ? 16 : type == name ? detail::byte_at(bytes, 4) : 0;
    if (length == 0)
    {
        return refuse(type == name ? reply::general_failure : reply::address_type_not_supported);
    }
    if (bytes.size() < begin + length + 2)
    {
        return {};
    }
    const auto host = bytes.substr(begin, length);
    if (type == name && !detail::is_host_name(host))
    {
        return refuse(reply::general_failure);
    }
    request result{progress::complete, reply::succeeded, begin + length + 2, {}, 0};
    result.host = type == v4   ? detail::text_of_address<boost::asio::ip::address_v4>(host)
                  : type == v6 ? detail::text_of_address<boost::asio::ip::address_v6>(host)
                               : std::string(host);
    result.port = static_cast<std::uint16_t>(detail::byte_at(bytes, begin + length) << 8 |
                                             detail::byte_at(bytes, begin + length + 1));
    return result;
}

/// The answer to a greeting.
inline std::string make_choice(char method)
{
    return {version, method};
}

/// The answer to a request; `bound` is the proxy's end of the connection that it made.
inline std::string make_reply(reply what, const boost::asio::ip::tcp::endpoint& bound = {})
{
    const auto address = bound.address();
    std::string result{version, static_cast<char>(what), 0, address.is_v6() ? '\4' : '\1'};
    const auto append = [&result](const auto& raw) { result.append(raw.begin(), raw.end()); };
    address.is_v6() ? append(address.to_v6().to_bytes()) : append(address.to_v4().to_bytes());
    result += static_cast<char>(bound.port() >> 8);
    result += static_cast<char>(bound.port() & 0xff);
    return result;
}

} // namespace example::socks

#endif
