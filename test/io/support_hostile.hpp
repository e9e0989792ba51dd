// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_HOSTILE_HPP
#define WEFT_TEST_IO_SUPPORT_HOSTILE_HPP

#include "io/support_log.hpp"
#include "io/support_serving.hpp"
#include "support/allocation_counter.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Servers among clients that mean them harm.
namespace weft::test
{

/// Fixture: what a server says about its clients' faults is not printed.
struct siege : virtual_time
{
    captured_log log;
};

/// A server that notes by what its sessions are left.
class besieged
{
public:
    /// `session(peer)` serves one; `good_client(where)` throws if it is not served.
    besieged(std::function<void(tcp::socket&)> session, std::function<void(const tcp::endpoint&)> good_client)
        : session_(std::move(session)), good_client_(std::move(good_client))
    {
        left_by.reserve(1000); // so that it allocates nothing later
    }

    /// Each time the attack has ended, no session is left, good clients are served as before, and nothing was kept.
    void withstand(const std::function<void()>& attack)
    {
        constexpr int warm = 1;
        const auto fibers = scheduler::current().counters().live;
        std::int64_t outstanding = 0;
        for (int i = 0; i < 4; ++i)
        {
            attack();
            await_end_of_sessions(fibers);
            serve_a_good_client();
            await_end_of_sessions(fibers);
            if (i == warm)
            {
                outstanding = outstanding_allocations();
            }
        }
        BOOST_TEST(outstanding_allocations() == outstanding);
        check_sum(running.server.counters());
    }

    /// The same for a client that connects, sends this, and then closes or resets the connection.
    /// Returns by what the last session was left.
    error_code withstand(std::string_view bytes_of_client, bool resets = false)
    {
        withstand([&] {
            const auto before = left_by.size();
            tcp::socket client;
            client.connect(running.where);
            error_code refused; // the server need not take all of it
            client.write(bytes(bytes_of_client), refused);
            if (resets)
            {
                until([&] { return running.server.counters().active == 1; });
                reset(client);
            }
            else
            {
                client.shutdown(boost::asio::socket_base::shutdown_send, refused);
            }
            until([&] { return left_by.size() > before; });
        });
        return left_by.back();
    }

    void serve_a_good_client()
    {
        good_client_(running.where);
    }

    void await_end_of_sessions(std::size_t fibers)
    {
        until([&] { return running.server.counters().active == 0 && scheduler::current().counters().live == fibers; });
    }

    /// `clock`: the one that only the test moves.
    void stop(manual_clock& clock)
    {
        running.server.stop();
        until([&] {
            clock.advance(std::chrono::milliseconds(20)); // the server's patience with the listen queue
            return !running.acceptor.is_open();
        });
        running.fiber.join();
        check_sum(running.server.counters());
    }

    std::vector<error_code> left_by;

private:
    std::function<void(tcp::socket&)> session_;
    std::function<void(const tcp::endpoint&)> good_client_;

public:
    running_server running{[this](tcp::socket peer) {
        try
        {
            session_(peer);
        }
        catch (const boost::system::system_error& failure)
        {
            left_by.push_back(failure.code());
            throw;
        }
    }};
};

/// Reads exactly this from the peer.
inline void expect(tcp::socket& peer, std::string_view text)
{
    std::string got(text.size(), '\0');
    peer.read(boost::asio::buffer(got));
    BOOST_TEST(got == text);
}

} // namespace weft::test

#endif
