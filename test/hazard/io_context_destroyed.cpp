// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H5: an execution context that is destroyed under suspended fibers. Their destructors all run, whatever they wait for
// and in whatever order the services of the context shut down. That nothing leaks besides is LeakSanitizer's to say.
//
// Each way to wait is interrupted after every single handler that the io_context runs until nothing more happens.

#include "hazard/suspended_fibers.hpp"
#include "io/support_io.hpp"
#include "io/support_log.hpp"
#include "support/child_process.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <optional>
#include <string>
#include <thread>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace weft::test;

namespace
{

// The last one to be made shuts down first.
enum class services
{
    made_when_needed,
    made_before_weft,
    made_after_weft
};

void make_services(asio::io_context& io)
{
    const asio::ip::tcp::socket socket(io);
    const asio::ip::tcp::acceptor acceptor(io);
    const asio::ip::tcp::resolver resolver(io);
    const asio::steady_timer timer(io);
    const asio::system_timer other_timer(io);
}

/// Destroys an io_context, on which a fiber waits in that way, after so many handlers. False if there were fewer.
bool destroy_after(int handlers, const way_to_wait& way, services order)
{
    waiting_room room;
    bool had_so_many = true;
    {
        asio::io_context io(1);
        if (order == services::made_before_weft)
        {
            make_services(io);
        }
        const auto fibers = weft::scheduler::of(io);
        if (order == services::made_after_weft)
        {
            make_services(io);
        }
        weft::spawn(io, [captured = witness(room), &room, &way] {
            const witness local(room);
            way.wait(room);
        });
        for (int i = 0; i < handlers && had_so_many; ++i)
        {
            had_so_many = io.poll_one() == 1;
        }
        BOOST_TEST((handlers == 0 || fibers.counters().live > 0U)); // it does wait
    }
    BOOST_TEST(room.alive == 0);
    return had_so_many;
}

struct nothing_reported : weft::test::clean_descriptors
{
    void teardown() const
    {
        clean_descriptors::teardown();
        BOOST_TEST(log.text() == "");
        BOOST_TEST(!this_fiber::is_fiber());
    }

    void destroy_at_every_step(services order) const
    {
        constexpr int enough = 30; // some ways go on for ever
        for (const auto& way : ways_to_wait)
        {
            BOOST_TEST_CONTEXT(way.name)
            {
                for (int handlers = 0; handlers <= enough; ++handlers)
                {
                    BOOST_TEST_CONTEXT("after " << handlers << " handlers")
                    {
                        if (!destroy_after(handlers, way, order))
                        {
                            break;
                        }
                    }
                }
            }
        }
    }

    captured_log log;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(io_context_destroyed, nothing_reported)

BOOST_AUTO_TEST_CASE(with_services_made_when_needed)
{
    destroy_at_every_step(services::made_when_needed);
}

BOOST_AUTO_TEST_CASE(with_services_made_before)
{
    destroy_at_every_step(services::made_before_weft);
}

BOOST_AUTO_TEST_CASE(with_services_made_after)
{
    destroy_at_every_step(services::made_after_weft);
}

BOOST_AUTO_TEST_CASE(with_all_kinds_of_waits_at_once)
{
    waiting_room room;
    {
        asio::io_context io(1);
        for (const auto& way : ways_to_wait)
        {
            if (std::string(way.name).find("mutex") == std::string::npos) // those need the locks for themselves
            {
                weft::spawn(io, [captured = witness(room), &room, &way] {
                    const witness local(room);
                    way.wait(room);
                });
            }
        }
        for (int i = 0; i < 50; ++i)
        {
            io.poll_one();
        }
    }
    BOOST_TEST(room.alive == 0);
}

BOOST_AUTO_TEST_CASE(after_stop)
{
    waiting_room room;
    {
        asio::io_context io(1);
        weft::spawn(io, [&] {
            const witness local(room);
            weft::fiber waits([&] { weft::this_fiber::sleep_for(std::chrono::hours(1)); });
            io.stop();
            waits.detach();
            for (;;)
            {
                this_fiber::yield();
            }
        });
        io.run();
        BOOST_TEST(io.stopped());
    }
    BOOST_TEST(room.alive == 0);
}

BOOST_AUTO_TEST_CASE(destroys_the_handlers_of_spawn)
{
    waiting_room room;
    {
        asio::io_context io(1);
        weft::spawn(io, [&] { room.event.wait(); }, [held = witness(room)](std::exception_ptr) {});
        weft::spawn(io, [] { return 5; }, [held = witness(room)](std::exception_ptr, int) {});
        io.poll_one();
    }
    BOOST_TEST(room.alive == 0);
}

BOOST_AUTO_TEST_CASE(with_schedulers_on_strands)
{
    for (const auto& way : ways_to_wait)
    {
        BOOST_TEST_CONTEXT(way.name)
        {
            waiting_room room;
            {
                asio::io_context io;
                const auto body = [captured = witness(room), &room, &way] {
                    const witness local(room);
                    way.wait(room);
                };
                weft::spawn(weft::scheduler(asio::make_strand(io)), body);
                weft::manual_reset_event other_event;
                weft::spawn(weft::scheduler(asio::make_strand(asio::any_io_executor(io.get_executor()))),
                            [captured = witness(room), &other_event] { other_event.wait(); });
                weft::spawn(weft::solo(io), [captured = witness(room), &other_event] { other_event.wait(); });
                for (int i = 0; i < 30; ++i)
                {
                    io.poll_one();
                }
            }
            BOOST_TEST(room.alive == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(with_a_handle_on_the_scheduler_that_lives_longer)
{
    waiting_room room;
    std::optional<weft::scheduler> handle;
    {
        asio::io_context io;
        handle.emplace(asio::make_strand(io));
        weft::spawn(*handle, [captured = witness(room), &room] { room.event.wait(); });
        io.poll();
    }
    BOOST_TEST(room.alive == 0);
    BOOST_TEST(handle->counters().live == 0U);
    room.event.set(); // nobody is there any more
}

BOOST_AUTO_TEST_CASE(with_wakers_that_live_longer)
{
    waiting_room room;
    {
        asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(room);
            this_fiber::suspend([&](weft::waker mine) { room.kept_waker = std::move(mine); });
        });
        io.poll();
    }
    BOOST_TEST(room.alive == 0);
    BOOST_TEST(!room.kept_waker.wake());
}

BOOST_AUTO_TEST_CASE(of_a_thread_pool)
{
    for (int variant = 0; variant < 4; ++variant)
    {
        waiting_room room;
        {
            std::promise<void> reached;
            asio::thread_pool pool(2);
            asio::any_io_executor executor = pool.get_executor();
            if (variant % 2 == 1)
            {
                executor = asio::make_strand(executor);
            }
            weft::spawn(weft::scheduler(executor), [&] {
                const witness local(room);
                weft::jfiber child([&] {
                    const witness other(room);
                    asio::steady_timer(weft::this_executor(), std::chrono::hours(1)).async_wait(weft::use_fiber);
                });
                this_fiber::yield();
                reached.set_value();
                room.event.wait();
            });
            if (variant < 2)
            {
                reached.get_future().wait(); // else it is destroyed at some moment on the way
            }
            pool.stop();
        }
        BOOST_TEST(room.alive == 0);
    }
}

BOOST_AUTO_TEST_CASE(of_several_threads)
{
    waiting_room room;
    {
        asio::io_context io;
        for (int i = 0; i < 20; ++i)
        {
            weft::spawn(weft::solo(io), [captured = std::make_shared<int>(i)] {
                for (;;)
                {
                    asio::post(weft::this_executor(), weft::use_fiber);
                }
            });
        }
        weft::spawn(io, [&] {
            const witness local(room);
            weft::fiber([&] { room.event.wait(); }).detach();
            for (int i = 0; i < 20; ++i)
            {
                asio::post(weft::this_executor(), weft::use_fiber);
            }
            io.stop();
            room.event.wait();
        });
        std::thread second([&] { io.run(); });
        std::thread third([&] { io.run(); });
        io.run();
        second.join();
        third.join();
    }
    BOOST_TEST(room.alive == 0);
}

BOOST_AUTO_TEST_CASE(under_an_operation_of_an_io_context_that_lives_longer)
{
    // The operation has memory of the frame, so that this cannot be unwound: it is left behind, with a report, and the
    // late end of the operation finds nothing to resume. In a child, because of the leak.
    for (const bool completes : {false, true})
    {
        const auto result = run_in_child([this, completes] {
            asio::io_context elsewhere;
            {
                asio::io_context io;
                weft::spawn(io, weft::attributes{.name = "tied"}, [&] {
                    asio::post(elsewhere, asio::bind_executor(elsewhere.get_executor(), weft::use_fiber));
                });
                io.poll();
            }
            if (completes)
            {
                elsewhere.poll();
            }
            require_in_child(log.count("could not be unwound") == 1, "reported");
        });
        BOOST_TEST(result.exited_with(0), result.errors);
    }
}

BOOST_AUTO_TEST_SUITE_END()
