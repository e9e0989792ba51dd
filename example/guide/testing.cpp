// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The code of doc/testing.md, which must stand there word for word: the test `pages` compares.

#include <weft/weft.hpp>

#include "require.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace std::chrono_literals;

namespace
{

/// Asks until there is an answer, with longer and longer pauses.
std::string ask_patiently(const std::function<std::optional<std::string>()>& ask)
{
    for (auto pause = 100ms;; pause *= 2)
    {
        if (auto answer = ask())
        {
            return *answer;
        }
        this_fiber::sleep_for(pause);
    }
}

/// One command a line, one answer a line.
template <class Stream>
void greet(Stream&& stream)
{
    weft::buffered_stream<Stream&> lines(stream);
    while (const auto name = lines.read_line())
    {
        lines.write(asio::buffer("hello " + std::string(*name) + "\n"));
        lines.flush();
    }
}

void pauses_grow()
{
    weft::manual_clock clock; // stands still, but jumps when every fiber waits for a time
    const auto start = clock.now();
    std::vector<std::chrono::milliseconds> asked_at;
    weft::run(
        [&] {
            ask_patiently([&]() -> std::optional<std::string> {
                asked_at.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(this_fiber::now() - start));
                return asked_at.size() == 5 ? std::optional<std::string>("yes") : std::nullopt;
            });
        },
        {.clock = &clock});
    require(asked_at == std::vector<std::chrono::milliseconds>{0ms, 100ms, 300ms, 700ms, 1500ms});
}

void gives_up_at_the_deadline()
{
    weft::manual_clock clock;
    const auto start = clock.now();
    boost::system::error_code ended_by;
    weft::run(
        [&] {
            try
            {
                const weft::deadline limit(1h);
                ask_patiently([] { return std::nullopt; });
            }
            catch (const boost::system::system_error& error)
            {
                ended_by = error.code();
            }
        },
        {.clock = &clock});
    require(ended_by == asio::error::timed_out);
    require(clock.now() - start == 1h); // to the nanosecond, in no time
}

void can_be_cancelled_in_a_pause()
{
    weft::manual_clock clock(weft::manual_clock::when_idle::stand); // moves only by advance
    int asked = 0;
    weft::run(
        [&] {
            weft::fiber asking([&] {
                ask_patiently([&asked]() -> std::optional<std::string> {
                    ++asked;
                    return std::nullopt;
                });
            });
            this_fiber::yield(); // it has asked once, and is in its first pause
            clock.advance(99ms);
            this_fiber::yield();
            require(asked == 1);
            clock.advance(1ms);
            this_fiber::yield();
            require(asked == 2);
            asking.cancel();
            asking.join(); // a fiber that was cancelled and ends by that has not failed
        },
        {.clock = &clock});
    require(asked == 2);
}

void greets_over_a_pipe()
{
    weft::manual_clock clock;
    weft::run(
        [] {
            auto [client, other] = weft::make_pipe();
            weft::fiber greeting([server = std::move(other)]() mutable { greet(server); });
            client.write_some(asio::buffer("Ann\nBob\n", 8));
            client.shutdown(asio::socket_base::shutdown_send);
            std::string heard;
            boost::system::error_code ended;
            asio::read(client, asio::dynamic_buffer(heard), ended);
            require(heard == "hello Ann\nhello Bob\n" && ended == asio::error::eof);
            greeting.join();
        },
        {.clock = &clock});
}

} // namespace

int main()
{
    pauses_grow();
    gives_up_at_the_deadline();
    can_be_cancelled_in_a_pause();
    greets_over_a_pipe();
    std::cout << "all as expected\n";
}
