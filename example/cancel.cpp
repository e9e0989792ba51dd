// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Asking a fiber to end: with a reason, by a stop token, by Asio's cancellation signals. The request stays with the fiber,
// `catch (...)` cannot lose it, and what must be finished is protected by a blocker.

#include <weft/weft.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <stop_token>
#include <string_view>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace std::chrono_literals;

namespace
{

/// Waits for something that does not come, in an operation of Asio, and says what it was ended for.
void serve(std::string_view name)
{
    try
    {
        asio::steady_timer timer(weft::scheduler::current().get_executor(), 1h);
        timer.async_wait(weft::use_fiber);
    }
    catch (const boost::system::system_error& error)
    {
        std::cout << name << ": " << this_fiber::cancel_reason().text() << '\n';
        throw; // what the canceler has asked for: no failure
    }
}

} // namespace

int main()
{
    return weft::run([] {
        // With a reason.
        weft::fiber plain(serve, "plain");
        this_fiber::yield();
        plain.cancel("the shop closes");
        plain.join();

        // By a stop token; one may stand for many fibers.
        std::stop_source source;
        weft::fiber stoppable({.stop = source.get_token()}, serve, "stoppable");
        this_fiber::yield();
        source.request_stop();
        stoppable.join();

        // As any asynchronous operation of Asio.
        asio::cancellation_signal signal;
        weft::manual_reset_event completed;
        weft::spawn(
            weft::scheduler::current(), [] { serve("spawned"); },
            asio::bind_cancellation_slot(signal.slot(), [&completed](const std::exception_ptr&) { completed.set(); }));
        this_fiber::yield();
        signal.emit(asio::cancellation_type::terminal);
        completed.wait();

        // The request stays, and the end can be put off for a last message.
        weft::fiber stubborn([] {
            for (int attempt = 1; attempt <= 2; ++attempt)
            {
                try
                {
                    this_fiber::sleep_for(1h);
                }
                catch (...)
                {
                    std::cout << "stubborn: attempt " << attempt << '\n';
                }
            }
            const weft::cancellation_blocker blocker;
            this_fiber::sleep_for(1ms);
            std::cout << "stubborn: last words\n";
        });
        this_fiber::yield();
        stubborn.cancel();
        stubborn.join();

        // The end of a jfiber's handle.
        const weft::jfiber scoped(serve, "scoped");
        this_fiber::yield();
    });
}
