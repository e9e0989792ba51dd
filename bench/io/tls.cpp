// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/io/tcp.hpp>
#include <weft/tls/stream.hpp>

#include "cases.hpp"
#include "io/asio_servers.hpp"
#include "io/echo_servers.hpp"
#include "io/load_client.hpp"
#include "io/request_cases.hpp"
#include "io/system_calls.hpp"
#include "tls/certificates.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <openssl/ssl.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>
#include <vector>

// The echo cases' server behind TLS, 64 bytes a record.

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;
using boost::system::error_code;

const tls::identity& own_identity()
{
    static const auto own = test::authority("bench").issue("localhost");
    return own;
}

// ── servers ─────────────────────────────────────────────────────────────────────────────────────────────────────────

void echo(tcp::socket below, const tls::server_context& context)
{
    tls::stream<tcp::socket> peer(std::move(below), context);
    error_code error;
    peer.accept(error);
    std::array<char, echo_buffer_size> data;
    while (!error)
    {
        const auto count = peer.read_some(asio::buffer(data), error);
        if (!error)
        {
            peer.write(asio::buffer(data, count), error);
        }
    }
}

void serve_tls_with_weft(int listener)
{
    const tls::server_context context({.own = own_identity(), .alpn = {}, .client_authorities = {}});
    run([&] {
        tcp::acceptor acceptor(tcp::acceptor::next_layer_type(this_executor(), asio::ip::tcp::v4(), listener));
        for (;;)
        {
            auto peer = acceptor.accept();
            peer.set_option(asio::ip::tcp::no_delay(true));
            fiber([peer = std::move(peer), &context]() mutable { echo(std::move(peer), context); }).detach();
        }
    });
}

class callback_session : public std::enable_shared_from_this<callback_session>
{
public:
    callback_session(asio::ip::tcp::socket below, asio::ssl::context& context) : peer_(std::move(below), context) {}

    void start()
    {
        peer_.async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code error) {
            if (!error)
            {
                self->read();
            }
        });
    }

private:
    void read()
    {
        peer_.async_read_some(asio::buffer(data_), [self = shared_from_this()](error_code error, std::size_t count) {
            if (!error)
            {
                self->write(count);
            }
        });
    }
    void write(std::size_t count)
    {
        asio::async_write(peer_, asio::buffer(data_, count),
                          [self = shared_from_this()](error_code error, std::size_t) {
                              if (!error)
                              {
                                  self->read();
                              }
                          });
    }

    asio::ssl::stream<asio::ip::tcp::socket> peer_;
    std::array<char, echo_buffer_size> data_;
};

void serve_tls_with_asio_callbacks(int listener)
{
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain(asio::buffer(own_identity().certificate_chain));
    context.use_private_key(asio::buffer(own_identity().private_key), asio::ssl::context::pem);
    serve_with_callbacks(listener, [&context](asio::ip::tcp::socket peer) {
        std::make_shared<callback_session>(std::move(peer), context)->start();
    });
}

// ── clients ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/// As `load_client`, with OpenSSL on its sockets.
class tls_client
{
public:
    tls_client(std::uint16_t port, std::size_t connections)
        : context_(::SSL_CTX_new(::TLS_client_method()), ::SSL_CTX_free),
          epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))
    {
        for (std::size_t i = 0; i < connections; ++i)
        {
            connections_.emplace_back(::SSL_new(context_.get()), ::SSL_free);
            connect(connections_.back().get(), port);
        }
    }
    ~tls_client()
    {
        for (const auto& each : connections_)
        {
            ::close(::SSL_get_fd(each.get()));
        }
        ::close(epoll_);
    }
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;

    std::uint64_t run(std::chrono::nanoseconds duration)
    {
        for (const auto& each : connections_)
        {
            send(each.get());
        }
        return keep_asking(
            epoll_, connections_.size(), duration, [](void* which) { return receive(static_cast<SSL*>(which)); },
            [](void* which) { send(static_cast<SSL*>(which)); });
    }

private:
    static constexpr std::string_view message = "64 bytes that nobody but the two of them can read on their way.\n";
    static_assert(message.size() == 64);

    static void require(bool condition, const char* what)
    {
        if (!condition)
        {
            throw std::runtime_error(what);
        }
    }

    void connect(SSL* fresh, std::uint16_t port)
    {
        const auto descriptor = connect_to(port);
        ::SSL_set_fd(fresh, descriptor);
        require(::SSL_connect(fresh) == 1, "no handshake");
        check(::fcntl(descriptor, F_SETFL, O_NONBLOCK), "fcntl");
        watch(epoll_, descriptor, fresh);
    }

    static void send(SSL* which)
    {
        require(::SSL_write(which, message.data(), static_cast<int>(message.size())) == 64, "64 bytes are not taken");
    }

    /// False if it was something else, such as a ticket for the next session.
    static bool receive(SSL* which)
    {
        std::array<char, 64> back;
        const int count = ::SSL_read(which, back.data(), static_cast<int>(back.size()));
        if (count <= 0 && ::SSL_get_error(which, count) == SSL_ERROR_WANT_READ)
        {
            return false;
        }
        require(count == 64 && std::memcmp(back.data(), message.data(), 64) == 0, "the server has altered bytes");
        return true;
    }

    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    int epoll_;
    std::vector<std::unique_ptr<SSL, void (*)(SSL*)>> connections_;
};

} // namespace

void add_tls_cases(registry& all)
{
    constexpr std::size_t connections = 100;
    own_identity(); // before processes fork
    const auto clients = [=](std::uint16_t port) -> load {
        const auto client = std::make_shared<tls_client>(port, connections);
        return [=](std::chrono::nanoseconds duration) { return client->run(duration); };
    };
    const std::vector<named_server> servers{
        {"weft", serve_tls_with_weft},
        {"asio.callback", serve_tls_with_asio_callbacks},
    };
    const auto added = add_request_cases(all, "tls", connections, servers, clients);
    added.processor.at_most(1, "asio.callback");
}

} // namespace weft::bench
