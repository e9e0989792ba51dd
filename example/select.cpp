// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// One fiber that waits for everything that may happen to it: an order, a reply from the other end of a connection, the
// end of the day. Exactly one of them happens at a time, and nothing is lost meanwhile: what is not read now is read
// next time.

#include <weft/weft.hpp>

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

namespace asio = boost::asio;
using namespace std::chrono_literals;

int main()
{
    return weft::run([] {
        weft::channel<std::string> orders; // capacity 0: whoever orders waits until the order is taken
        weft::manual_reset_event closing_time;
        asio::local::stream_protocol::socket here(weft::this_executor());
        asio::local::stream_protocol::socket there(weft::this_executor());
        asio::local::connect_pair(here, there);

        weft::fiber shop([&] {
            std::array<char, 64> buffer;
            bool open = true;
            while (open)
            {
                weft::select(
                    orders.on_pop([](const std::string& order) { std::cout << "order: " << order << '\n'; }),
                    here.async_read_some(
                        asio::buffer(buffer), weft::as_case([&](boost::system::error_code error, std::size_t size) {
                            std::cout << "reply: " << (error ? error.message() : std::string(buffer.data(), size))
                                      << '\n';
                        })),
                    closing_time.on_set([&open] { open = false; }),
                    weft::after(20ms, [] { std::cout << "nobody comes\n"; }));
            }
            std::cout << "closed\n";
        });

        orders.push("tea");
        orders.push("bread");
        asio::async_write(there, asio::buffer(std::string_view("the tea is sold out")), weft::use_fiber);
        weft::this_fiber::sleep_for(30ms);
        // Does somebody take another order this very moment? It is not worth waiting for.
        weft::select(orders.on_push(std::string("milk"), [] { std::cout << "one more\n"; }),
                     weft::otherwise([] { std::cout << "too late\n"; }));
        closing_time.set();
        shop.join();
        weft::select(orders.on_push(std::string("milk")), weft::otherwise([] { std::cout << "too late\n"; }));
    });
}
