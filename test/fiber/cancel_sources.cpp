// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/allocation_counter.hpp"
#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::cancel_reason;
using weft::fiber;
namespace reasons = weft::cancel_reasons;

static_assert(!cancel_reason());
static_assert(cancel_reason("a") && cancel_reason("a") == cancel_reason("a") &&
              cancel_reason("a") != cancel_reason("b"));

namespace
{

/// A fiber's function: waits for its cancellation and keeps the reason.
auto wait_for_the_end(cancel_reason& why)
{
    return [&why] {
        try
        {
            this_fiber::sleep_for(1h);
        }
        catch (const boost::system::system_error&)
        {
            why = this_fiber::cancel_reason();
        }
    };
}

} // namespace

// Who may ask a fiber to end, and what it is told about that.
BOOST_FIXTURE_TEST_SUITE(cancel_sources, virtual_time)

BOOST_AUTO_TEST_CASE(no_request_no_reason)
{
    BOOST_TEST(!this_fiber::cancel_reason());
    BOOST_TEST(!this_fiber::cancellation_requested());
    run([] { BOOST_TEST(!this_fiber::cancel_reason()); });
}

WEFT_DRIVEN_TEST_CASE(the_first_reason_stays)
{
    cancel_reason why;
    drive(driver, clock, [&why] {
        fiber child(wait_for_the_end(why));
        this_fiber::yield();
        child.cancel("no longer wanted");
        child.cancel("really not");
        child.join();
    });
    BOOST_TEST((why == "no longer wanted"));
}

BOOST_AUTO_TEST_CASE(it_stands_in_the_exception)
{
    std::string text;
    run([&text] {
        fiber child([&text] {
            try
            {
                this_fiber::sleep_for(1h);
            }
            catch (const boost::system::system_error& error)
            {
                text = error.what();
                throw;
            }
        });
        this_fiber::yield();
        child.cancel("the shop closes");
        child.join(); // it has done what it was asked for
    });
    BOOST_TEST(text.find("the shop closes") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(each_source_gives_its_own)
{
    cancel_reason why;
    run([&why] {
        fiber plain(wait_for_the_end(why));
        this_fiber::yield();
        plain.cancel();
        plain.join();
        BOOST_TEST((why == reasons::requested));

        fiber stopped(wait_for_the_end(why));
        this_fiber::yield();
        stopped.stop().request_stop();
        stopped.join();
        BOOST_TEST((why == reasons::stop_token));

        {
            const weft::jfiber handle(wait_for_the_end(why));
            this_fiber::yield();
        }
        BOOST_TEST((why == reasons::handle_destroyed));

        asio::cancellation_signal signal;
        weft::spawn(weft::scheduler::current(), wait_for_the_end(why),
                    asio::bind_cancellation_slot(signal.slot(), [](const std::exception_ptr&) {}));
        this_fiber::yield();
        signal.emit(asio::cancellation_type::terminal);
        this_fiber::yield();
        BOOST_TEST((why == reasons::cancellation_slot));

        fiber all(wait_for_the_end(why));
        this_fiber::yield();
        weft::scheduler::current().cancel_all();
        all.join();
        BOOST_TEST((why == reasons::scheduler_canceled));
    });
    {
        asio::io_context io;
        weft::spawn(io, wait_for_the_end(why));
        io.poll();
    }
    BOOST_TEST((why == reasons::torn_down));
}

BOOST_AUTO_TEST_CASE(from_another_thread_too)
{
    weft::run([] {
        for (int i = 0; i < 20; ++i)
        {
            cancel_reason why;
            fiber child(wait_for_the_end(why));
            this_fiber::yield();
            std::thread one([&child] { child.cancel("one"); });
            std::thread other([&child] { child.cancel("other"); });
            one.join();
            other.join();
            child.join();
            BOOST_TEST((why == "one" || why == "other"));
        }
    });
}

// ── stop tokens given to the fiber ──

WEFT_DRIVEN_TEST_CASE(a_stop_token_of_the_creators)
{
    cancel_reason first;
    cancel_reason second;
    bool own_is_stopped = false;
    drive(driver, clock, [&] {
        std::stop_source source;
        const weft::attributes stoppable{.stop = source.get_token()};
        fiber one(stoppable, wait_for_the_end(first));
        weft::jfiber two(weft::launch::post, stoppable, [&](const std::stop_token& own) {
            wait_for_the_end(second)();
            own_is_stopped = own.stop_requested();
        });
        this_fiber::sleep_for(1ms);
        source.request_stop();
        one.join();
        two.join();
    });
    BOOST_TEST((first == reasons::stop_token));
    BOOST_TEST((second == reasons::stop_token));
    BOOST_TEST(own_is_stopped);
}

BOOST_AUTO_TEST_CASE(it_may_be_stopped_already)
{
    run([] {
        std::stop_source source;
        source.request_stop();
        cancel_reason why;
        fiber late(weft::attributes{.stop = source.get_token()}, wait_for_the_end(why));
        late.join();
        BOOST_TEST((why == reasons::stop_token));
        why = {};
        fiber at_once(weft::launch::dispatch, weft::attributes{.stop = source.get_token()}, wait_for_the_end(why));
        BOOST_TEST((why == reasons::stop_token));
        at_once.join();
    });
}

BOOST_AUTO_TEST_CASE(it_may_outlive_the_fiber_or_the_other_way_round)
{
    run([] {
        std::optional<std::stop_source> source(std::in_place);
        fiber ended(weft::attributes{.stop = source->get_token()}, [] {});
        fiber discarded(weft::launch::deferred, {.stop = source->get_token()}, [] {});
        fiber unable;
        BOOST_TEST(error_of([&] { unable = fiber({.stack_size = 1, .stop = source->get_token()}, [] {}); }) ==
                   errc::invalid_argument);
        ended.join();
        discarded.join();
        source->request_stop();

        source.emplace();
        fiber longer(weft::attributes{.stop = source->get_token()}, [] { this_fiber::sleep_for(1ms); });
        source.reset();
        longer.join();
    });
}

BOOST_AUTO_TEST_CASE(spawned_ones_take_it_with_any_token)
{
    asio::io_context io;
    std::stop_source source;
    cancel_reason one;
    cancel_reason two;
    {
        const std::string name("gone when the fiber starts");
        const weft::attributes stoppable{.name = name, .stop = source.get_token()};
        weft::spawn(io, stoppable, wait_for_the_end(one));
        weft::spawn(io, stoppable, wait_for_the_end(two), asio::use_future);
    }
    io.poll();
    std::thread([&source] { source.request_stop(); }).join();
    io.run();
    BOOST_TEST((one == reasons::stop_token));
    BOOST_TEST((two == reasons::stop_token));
}

BOOST_AUTO_TEST_CASE(the_first_fiber_of_run_takes_it)
{
    std::stop_source source;
    cancel_reason why;
    std::thread other([&source] { source.request_stop(); });
    weft::run(wait_for_the_end(why), {.main = {.stop = source.get_token()}});
    other.join();
    BOOST_TEST((why == reasons::stop_token));
}

BOOST_AUTO_TEST_CASE(stopped_by_another_thread_at_any_moment)
{
    weft::run([] {
        for (int i = 0; i < 50; ++i)
        {
            std::stop_source source;
            std::thread other([&source] { source.request_stop(); });
            cancel_reason why;
            fiber child(weft::attributes{.stop = source.get_token()}, wait_for_the_end(why));
            child.join();
            other.join();
            BOOST_TEST((why == reasons::stop_token));
            // Its end and the request at the same time.
            std::stop_source again;
            fiber brief(weft::attributes{.stop = again.get_token()}, [] {});
            std::thread racing([&again] { again.request_stop(); });
            brief.join();
            racing.join();
        }
    });
}

BOOST_AUTO_TEST_CASE(without_memory_for_it_nothing_is_lost)
{
    if (!allocations_can_fail())
    {
        return;
    }
    run([] {
        bool went_through = false;
        const std::stop_source source;
        for (std::uint64_t n = 1; n < 20 && !went_through; ++n)
        {
            const auto object = std::make_shared<int>(0);
            try
            {
                fail_allocation(n);
                fiber child(weft::attributes{.stop = source.get_token()}, [object] {});
                went_through = fail_allocation(0) != 0;
                child.join();
            }
            catch (const std::bad_alloc&)
            {
                fail_allocation(0);
            }
            BOOST_TEST(object.use_count() == 1);
        }
        BOOST_TEST(went_through);
    });
}

// ── what cancellation does not do ──

BOOST_AUTO_TEST_CASE(a_result_that_has_arrived_is_not_thrown_away)
{
    run([this] {
        fiber child([this] {
            this_fiber::sleep_for(1ms); // over when the request comes
            note_time("slept");
            note(error_of([] { this_fiber::sleep_for(1ms); }) == aborted ? "next" : "?");
        });
        fiber canceler([&child] {
            this_fiber::sleep_for(1ms); // woken behind the child
            child.cancel();
        });
        canceler.join();
        child.join();
    });
    BOOST_TEST(line() == "slept@1 next");
}

BOOST_AUTO_TEST_CASE(an_abortion_that_was_asked_for_is_no_failure_of_a_detached_fiber)
{
    run([this] {
        weft::jfiber child([] { this_fiber::sleep_for(1h); });
        this_fiber::yield();
        child.cancel();
        child.detach();
        this_fiber::sleep_for(1ms);
        note("goes on");
    });
    BOOST_TEST(line() == "goes on");
}

BOOST_AUTO_TEST_SUITE_END()
