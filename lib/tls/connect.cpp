// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/tls/stream.hpp>

namespace weft::tls
{

stream<tcp::socket> connect(std::string_view host, std::string_view service, const client_context& context)
{
    stream<tcp::socket> peer(tcp::connect(host, service), context);
    peer.handshake(host);
    return peer;
}

stream<tcp::socket> connect(std::string_view host, std::string_view service)
{
    static const client_context usual;
    return connect(host, service, usual);
}

} // namespace weft::tls
