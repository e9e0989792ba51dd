// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/tcp.hpp>

#include <boost/asio/connect.hpp>

namespace weft::tcp
{

socket connect(std::string_view host, std::string_view service)
{
    boost::asio::ip::tcp::resolver resolver(this_executor());
    const auto found = resolver.async_resolve(host, service, use_fiber);
    boost::asio::ip::tcp::socket peer(resolver.get_executor());
    boost::asio::async_connect(peer, found, use_fiber);
    return socket(std::move(peer));
}

} // namespace weft::tcp
