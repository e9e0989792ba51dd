// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_TLS_SUPPORT_TLS_HPP
#define WEFT_TEST_TLS_SUPPORT_TLS_HPP

#include <weft/tls/stream.hpp>

#include "io/support_io.hpp"
#include "tls/certificates.hpp"

#include <boost/system/error_code.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace weft::test
{

using tls_end = tls::stream<pipe_end>;

/// One authority, a server with a certificate of it, and clients that trust it; over a pipe.
struct tls_world : virtual_time
{
    authority trusted{"an authority"};
    tls::identity own = trusted.issue("server.test");
    tls::server_context server_side{{.own = own, .alpn = {"h2", "http/1.1"}, .client_authorities = {}}};
    tls::client_context client_side{tls::client_options{.trusted = trusted.certificate(), .alpn = {}, .own = {}}};

    struct tls_ends
    {
        tls_end client;
        tls_end server;
    };

    /// Before the handshake.
    tls_ends make_ends(const tls::client_context& client, const tls::server_context& server,
                       std::size_t capacity = 65536)
    {
        auto ab = make_pipe(capacity);
        return {tls_end(std::move(ab.first), client), tls_end(std::move(ab.second), server)};
    }
    tls_ends make_ends(std::size_t capacity = 65536)
    {
        return make_ends(client_side, server_side, capacity);
    }

    struct verdicts
    {
        error_code client;
        error_code server;
    };

    static verdicts shake_hands(tls_ends& both, std::string_view host = "server.test")
    {
        verdicts result;
        fiber serving([&] {
            both.server.accept(result.server);
            if (result.server)
            {
                both.server.close();
            }
        });
        both.client.handshake(host, result.client);
        if (result.client)
        {
            both.client.close();
        }
        serving.join();
        return result;
    }

    /// After the handshake. A server ends it with what the client reads later, so there must be room for 1,000 bytes.
    tls_ends connect(std::size_t capacity = 65536)
    {
        auto both = make_ends(capacity);
        const auto result = shake_hands(both);
        BOOST_REQUIRE_MESSAGE(!result.client, result.client.message());
        BOOST_REQUIRE_MESSAGE(!result.server, result.server.message());
        return both;
    }
};

} // namespace weft::test

#endif
