// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A chat room over WebSocket, with the page to chat from at /. Beast's asynchronous calls, with `use_fiber`, let one fiber
// of a connection read while another writes. What everybody says goes into a bounded queue for each member; who does not
// keep up is shown out, so that nobody holds up the others. On SIGTERM all are told that the server goes. Without arguments
// it serves two clients of its own.
//
//     websocket_chat [port]

#include <weft/weft.hpp>

#include "serving.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;
using weft::use_fiber;

namespace
{

constexpr auto page = R"(<!doctype html><title>weft chat</title>
<form><input id=text autofocus placeholder="say something"></form><div id=said></div>
<script>
const name = location.hash.slice(1) || prompt("Your name?") || "somebody";
const socket = new WebSocket(`ws://${location.host}/${encodeURIComponent(name)}`);
const show = line => { const p = document.createElement("p"); p.textContent = line; said.append(p); };
socket.onmessage = event => show(event.data);
socket.onclose = () => show("The connection has ended.");
document.forms[0].onsubmit = event => { event.preventDefault(); socket.send(text.value); text.value = ""; };
</script>)";

/// Its fibers share one thread, so it needs no lock.
class room
{
public:
    using line = std::shared_ptr<const std::string>;

    /// In the room while it exists.
    class member
    {
    public:
        explicit member(room& where) : where_(where)
        {
            where_.members_.insert(this);
        }
        ~member()
        {
            where_.members_.erase(this);
        }
        member(const member&) = delete;
        member& operator=(const member&) = delete;

        weft::blocking_queue<line> outbox{64};

    private:
        room& where_;
    };

    void say(std::string text)
    {
        const auto said = std::make_shared<const std::string>(std::move(text));
        for (auto* const one : members_)
        {
            if (!one->outbox.try_push(said))
            {
                one->outbox.close();
            }
        }
    }

private:
    std::set<member*> members_;
};

using connection = websocket::stream<asio::ip::tcp::socket>;

void write_all(connection& peer, room::member& me, const std::stop_token& stopping)
{
    try
    {
        for (const auto& text : me.outbox)
        {
            peer.async_write(asio::buffer(*text), use_fiber);
        }
        const websocket::close_reason too_slow(websocket::close_code::policy_error, "too slow");
        peer.async_close(stopping.stop_requested() ? websocket::close_code::going_away : too_slow, use_fiber);
    }
    catch (const boost::system::system_error&)
    {
        // The reader finds out too.
    }
}

void chat(connection& peer, const std::string& name, room& all, const std::stop_token& stopping)
{
    {
        room::member me(all);
        all.say(name + " is here");
        const weft::jfiber writer([&] { write_all(peer, me, stopping); });
        const std::stop_callback end(stopping, [&me] { me.outbox.close(); });
        beast::flat_buffer buffer;
        error_code error;
        while (peer.async_read(buffer, asio::redirect_error(use_fiber, error)), !error)
        {
            all.say(name + ": " + beast::buffers_to_string(buffer.data()));
            buffer.clear();
        }
    }
    all.say(name + " has left");
}

void session(asio::ip::tcp::socket peer, room& all, const std::stop_token& stopping)
{
    beast::flat_buffer buffer(8192);
    http::request<http::empty_body> asked;
    connection upgraded(std::move(peer));
    {
        const weft::deadline limit(10s);
        http::async_read(upgraded.next_layer(), buffer, asked, use_fiber);
        if (!websocket::is_upgrade(asked))
        {
            http::response<http::string_body> response(http::status::ok, 11, page);
            response.set(http::field::content_type, "text/html; charset=utf-8");
            response.keep_alive(false);
            response.prepare_payload();
            http::async_write(upgraded.next_layer(), response, use_fiber);
            upgraded.next_layer().shutdown(asio::socket_base::shutdown_send);
            return;
        }
        upgraded.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
        upgraded.read_message_max(1000);
        upgraded.async_accept(asked, use_fiber);
    }
    chat(upgraded, std::string(asked.target().substr(1)), all, stopping);
}

/// The other side in the synchronous style: one fiber, one call at a time.
class client
{
public:
    client(const weft::tcp::endpoint& server, std::string name) : name_(std::move(name))
    {
        peer_.next_layer().connect(server);
        peer_.handshake("here", "/" + name_);
    }

    void say(const std::string& text)
    {
        peer_.write(asio::buffer(text));
    }
    void show_next()
    {
        beast::flat_buffer buffer;
        peer_.read(buffer);
        std::cout << name_ << " reads \"" << beast::buffers_to_string(buffer.data()) << "\"\n";
    }
    void leave()
    {
        peer_.close(websocket::close_code::normal);
    }

private:
    const std::string name_;
    websocket::stream<weft::tcp::socket> peer_{weft::this_executor()};
};

void demonstrate(const weft::tcp::endpoint& server)
{
    client ann(server, "ann");
    ann.show_next();
    client ben(server, "ben");
    ben.show_next();
    ann.show_next();
    ann.say("hello");
    ben.show_next();
    ann.show_next();
    ben.leave();
    ann.show_next();
    ann.leave();
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        weft::run([&] {
            const auto port = static_cast<unsigned short>(argc > 1 ? std::stoi(argv[1]) : 0);
            room all;
            weft::server server({.grace = 2s});
            const auto serve = [&](weft::tcp::acceptor& acceptor) {
                server.serve(acceptor, [&all](weft::tcp::socket peer, const std::stop_token& stopping) {
                    session(std::move(peer.next_layer()), all, stopping);
                });
            };
            example::serve_while(server, port, serve, [&](const auto& where) {
                argc < 2 ? demonstrate(where) : example::wait_for_signal("http", where);
            });
        });
    }
    catch (const std::exception& error)
    {
        std::cerr << "websocket_chat: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
