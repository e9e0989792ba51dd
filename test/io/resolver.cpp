// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <latch>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::resolver;

namespace
{

struct names : weft::test::virtual_time
{
    std::atomic<int> asked{0};

    /// Knows one name; the port says how often it was asked.
    resolver::options source()
    {
        resolver::options how;
        how.look_up = [this](const weft::resolver_query& query, error_code& error) {
            ++asked;
            std::vector<asio::ip::tcp::endpoint> found;
            if (query.host == "known")
            {
                found.emplace_back(asio::ip::address_v4::loopback(), static_cast<unsigned short>(asked.load()));
            }
            else
            {
                error = query.host == "later" ? asio::error::host_not_found_try_again : asio::error::host_not_found;
            }
            return found;
        };
        return how;
    }
};

unsigned short port_of(const auto& results)
{
    return results.begin()->endpoint().port();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(name_resolution, names)

BOOST_AUTO_TEST_CASE(V16_names_of_this_machine)
{
    const auto check = [] {
        resolver system;
        const auto found = system.resolve("localhost", "80");
        BOOST_REQUIRE(!found.empty());
        for (const auto& each : found)
        {
            BOOST_TEST(each.endpoint().address().is_loopback());
            BOOST_TEST(each.endpoint().port() == 80);
            BOOST_TEST(each.host_name() == "localhost");
            BOOST_TEST(each.service_name() == "80");
        }
        BOOST_TEST(port_of(system.resolve<asio::ip::udp>("localhost", "4711")) == 4711);
        error_code error;
        BOOST_TEST(system.resolve("localhost", "no-such-service-at-all", error).empty());
        BOOST_TEST((error == asio::error::service_not_found || error == asio::error::host_not_found));
    };
    run_fibers(check);
    check();
}

BOOST_AUTO_TEST_CASE(names_that_do_not_resolve)
{
    run_fibers([] {
        resolver system;
        error_code error;
        BOOST_TEST(system.resolve("no-such-host.invalid", "80", error).empty());
        // The second without a name server.
        BOOST_TEST((error == asio::error::host_not_found || error == asio::error::host_not_found_try_again),
                   error.message());
        BOOST_TEST(error_of([&] { system.resolve("no-such-host.invalid", "80"); }) == error);
    });
}

BOOST_AUTO_TEST_CASE(numeric_addresses_are_not_asked_for)
{
    run_fibers([this] {
        resolver numbers(source());
        BOOST_TEST(port_of(numbers.resolve("127.0.0.1", "8080")) == 8080);
        BOOST_TEST(port_of(numbers.resolve("::1", "")) == 0);
        BOOST_TEST(asked == 0);
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_unless_asked_for)
{
    run_fibers([this] {
        resolver each_time(source());
        BOOST_TEST(port_of(each_time.resolve("known", "1")) == 1);
        BOOST_TEST(port_of(each_time.resolve("known", "1")) == 2);
    });
}

BOOST_AUTO_TEST_CASE(answers_live_as_long_as_given)
{
    run_fibers(
        [this] {
            auto how = source();
            how.lifetime = 10s;
            resolver cached(how);
            BOOST_TEST(port_of(cached.resolve("known", "1")) == 1);
            standing.advance(9s);
            BOOST_TEST(port_of(cached.resolve("known", "1")) == 1);
            BOOST_TEST(port_of(cached.resolve("known", "2")) == 2);
            BOOST_TEST(port_of(cached.resolve<asio::ip::udp>("known", "1")) == 3);
            standing.advance(1s);
            BOOST_TEST(port_of(cached.resolve("known", "1")) == 4);
            cached.forget();
            BOOST_TEST(port_of(cached.resolve("known", "1")) == 5);
            error_code error;
            cached.resolve("unknown", "1", error);
            cached.resolve("unknown", "1", error);
            BOOST_TEST(error == asio::error::host_not_found);
            BOOST_TEST(asked == 7);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(failures_are_kept_on_request)
{
    run_fibers(
        [this] {
            auto how = source();
            how.failure_lifetime = 1s;
            resolver cached(how);
            error_code error;
            for (int i = 0; i < 2; ++i)
            {
                cached.resolve("unknown", "1", error);
                BOOST_TEST(error == asio::error::host_not_found);
                BOOST_TEST(asked == 1);
            }
            standing.advance(1s);
            cached.resolve("unknown", "1", error);
            BOOST_TEST(asked == 2);
            cached.resolve("later", "1", error);
            cached.resolve("later", "1", error);
            BOOST_TEST(error == asio::error::host_not_found_try_again);
            BOOST_TEST(asked == 4);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(the_cache_is_bounded)
{
    run_fibers(
        [this] {
            auto how = source();
            how.lifetime = 1h;
            how.capacity = 2;
            resolver cached(how);
            for (const auto service : {"a", "b", "c"})
            {
                cached.resolve("known", service);
                standing.advance(1s);
            }
            cached.resolve("known", "c");
            cached.resolve("known", "b");
            BOOST_TEST(asked == 3);
            cached.resolve("known", "a"); // was the one to go
            BOOST_TEST(asked == 4);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(several_at_once)
{
    run_fibers([] {
        std::latch all(3);
        resolver::options how;
        how.look_up = [&all](const weft::resolver_query&, error_code&) {
            all.arrive_and_wait(); // none gets an answer before all have asked
            return std::vector{asio::ip::tcp::endpoint(asio::ip::address_v4::any(), 1)};
        };
        resolver together(how);
        weft::fiber_group group;
        for (const auto host : {"a", "b", "c"})
        {
            group.spawn([&together, host] { BOOST_TEST(port_of(together.resolve(host, "x")) == 1); });
        }
        group.join();
    });
}

BOOST_AUTO_TEST_CASE(whoever_is_cancelled_does_not_wait_for_the_look_up)
{
    weft::manual_reset_event begun;
    std::latch go(1);
    run_fibers(
        [&, this] {
            auto how = source();
            how.lifetime = 1h;
            how.look_up = [&, inner = how.look_up](const weft::resolver_query& query, error_code& error) {
                begun.set();
                go.wait();
                return inner(query, error);
            };
            resolver slow(how);
            error_code left_by;
            fiber canceled([&] { left_by = error_of([&] { slow.resolve("known", "1"); }); });
            begun.wait();
            canceled.cancel();
            canceled.join();
            BOOST_TEST(left_by == aborted);
            watched_fiber late([&] {
                const weft::deadline limit(1s);
                left_by = error_of([&] { slow.resolve("known", "2"); });
            });
            this_fiber::yield();
            standing.advance(1s);
            late.join();
            BOOST_TEST(left_by == timed_out);
            go.count_down();
            while (asked < 2)
            {
                std::this_thread::yield();
            }
            // Both have filled the cache, or are about to.
            slow.resolve("known", "1");
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(the_io_context_is_destroyed)
{
    std::latch go(1);
    error_code left_by;
    std::thread releaser;
    {
        weft::manual_reset_event begun;
        asio::io_context io;
        weft::spawn(io, [&] {
            resolver::options how;
            how.look_up = [&](const weft::resolver_query&, error_code&) {
                begun.set();
                go.wait();
                return std::vector<asio::ip::tcp::endpoint>();
            };
            left_by = error_of([&] { resolver(how).resolve("a", "b"); });
        });
        io.run_one();
        begun.wait();
        releaser = std::thread([&] { go.count_down(); });
    }
    releaser.join();
    BOOST_TEST((!left_by || left_by == aborted));
}

BOOST_AUTO_TEST_SUITE_END()
