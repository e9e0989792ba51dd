// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/event.hpp>

#include "support/allocation_counter.hpp"
#include "support/child_process.hpp"
#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::fiber_group;
using weft::launch;

static_assert(!std::is_copy_constructible_v<fiber_group>);
static_assert(!std::is_move_constructible_v<fiber_group>);

namespace
{

/// What the call throws: the text of a `runtime_error`, "aborted", "timed_out"; "-" if it returns.
template <class Call>
std::string outcome_of(Call&& call)
{
    try
    {
        const auto code = error_of(std::forward<Call>(call));
        return code == aborted ? "aborted" : code == timed_out ? "timed_out" : code ? "?" : "-";
    }
    catch (const std::runtime_error& failure)
    {
        return failure.what();
    }
}

struct group_fixture : virtual_time
{
    /// Sleeps so long, or says that and why it could not.
    auto sleeper(std::string name, std::chrono::milliseconds time)
    {
        return [this, name = std::move(name), time] {
            try
            {
                this_fiber::sleep_for(time);
                note_time(name);
            }
            catch (...)
            {
                note_time(name + ":" + std::string(this_fiber::cancel_reason().text()));
                throw;
            }
        };
    }

    auto thrower(std::string text, std::chrono::milliseconds time)
    {
        return [text = std::move(text), time] {
            this_fiber::sleep_for(time);
            throw std::runtime_error(text);
        };
    }

    void note_outcome(const std::string& what)
    {
        note_time(what);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(fiber_groups, group_fixture)

BOOST_AUTO_TEST_CASE_TEMPLATE(join_waits_for_all, Driver, all_drivers)
{
    drive<Driver>(clock, [this] {
        fiber_group group;
        group.spawn(sleeper("one", 2ms));
        group.spawn(sleeper("two", 1ms));
        group.spawn([this](std::string name, const std::unique_ptr<int>& number) { note(name, *number); }, "three",
                    std::make_unique<int>(3));
        note("size", static_cast<long long>(group.size()));
        group.join();
        note_time("joined");
        note("size", static_cast<long long>(group.size()));
    });
    BOOST_TEST(line() == "size3 three3 two@1 one@2 joined@2 size0");
}

BOOST_AUTO_TEST_CASE(join_of_an_empty_group_returns_at_once)
{
    run([] {
        fiber_group group;
        const auto before = weft::scheduler::current().counters().switches;
        group.join();
        BOOST_TEST(group.wait_for(0s));
        BOOST_TEST(group.wait_until(std::chrono::steady_clock::time_point()));
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        group.spawn([] {});
        group.join();
        group.spawn([] {}); // may be used again
        group.join();
        BOOST_TEST(group.empty());
    });
}

BOOST_AUTO_TEST_CASE(the_forms_of_spawn)
{
    run([this] {
        fiber_group group;
        group.spawn(launch::post, [this] { note("post"); });
        const auto id = group.spawn(launch::dispatch, [this] { note("dispatch"); });
        BOOST_TEST((id != weft::fiber_id()));
        group.spawn(weft::attributes{.name = "named"}, [this] { note(this_fiber::name()); });
        const auto last =
            group.spawn(launch::post, {.stack_size = 100'000}, [this](int a, int b) { note("sum", a + b); }, 1, 2);
        BOOST_TEST((last != id));
        BOOST_TEST(error_of([&] { group.spawn(launch::deferred, [] {}); }) == errc::invalid_argument);
        BOOST_TEST(error_of([&] { group.spawn(weft::attributes{.stack_size = 1}, [] {}); }) == errc::invalid_argument);
        BOOST_TEST(group.size() == 3U); // the dispatched one has ended
        group.join();
    });
    BOOST_TEST(line() == "dispatch post named sum3");
}

BOOST_AUTO_TEST_CASE(the_first_failure_cancels_the_others_and_is_rethrown)
{
    run([this] {
        fiber_group group;
        group.spawn(sleeper("done", 1ms));
        group.spawn(sleeper("other", 1h));
        group.spawn(thrower("failed", 2ms));
        group.spawn(sleeper("another", 1h));
        note_outcome(outcome_of([&] { group.join(); }));
        BOOST_TEST(group.failures() == 1U);
        BOOST_TEST(group.is_canceled());
        // It stays so.
        note_outcome(outcome_of([&] { group.join(); }));
        note_outcome(outcome_of([&] { group.spawn([] {}); }));
    });
    BOOST_TEST(line() == "done@1 other:group failed@2 another:group failed@2 failed@2 failed@2 failed@2");
}

BOOST_AUTO_TEST_CASE(further_failures_are_counted)
{
    run([this] {
        fiber_group group;
        group.spawn(thrower("first", 1ms));
        group.spawn([] {
            try
            {
                this_fiber::sleep_for(1h);
            }
            catch (...)
            {
                throw std::runtime_error("second");
            }
        });
        // That nobody has asked for, is a failure.
        group.spawn(launch::dispatch, [] {
            const weft::cancellation_blocker blocker;
            this_fiber::sleep_for(5ms);
        });
        note_outcome(outcome_of([&] { group.join(); }));
        BOOST_TEST(group.failures() == 2U);
    });
    BOOST_TEST(line() == "first@5");
}

BOOST_AUTO_TEST_CASE(an_abortion_that_nobody_has_asked_for_is_a_failure)
{
    run([] {
        fiber_group group;
        group.spawn([] { throw boost::system::system_error(aborted); });
        BOOST_TEST(error_of([&] { group.join(); }) == aborted);
        BOOST_TEST(group.failures() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(cancel_is_no_failure)
{
    run([this] {
        fiber_group group;
        group.spawn(sleeper("one", 1h));
        group.spawn(sleeper("two", 1h));
        this_fiber::sleep_for(1ms);
        group.cancel("enough");
        group.join();
        note_time("joined");
        BOOST_TEST(group.failures() == 0U);
        BOOST_TEST(error_of([&] { group.spawn([] {}); }) == aborted);
        group.join();
    });
    BOOST_TEST(line() == "one:enough@1 two:enough@1 joined@1");
}

BOOST_AUTO_TEST_CASE(cancelling_the_joiner_cancels_the_group)
{
    run([this] {
        fiber joiner([this] {
            fiber_group group;
            group.spawn(sleeper("one", 1h));
            group.spawn([this] {
                const weft::cancellation_blocker blocker;
                this_fiber::sleep_for(5ms);
                note_time("clean");
            });
            note_outcome(outcome_of([&] { group.join(); }));
            BOOST_TEST(group.empty());
        });
        this_fiber::sleep_for(2ms);
        joiner.cancel("no longer");
        joiner.join();
    });
    BOOST_TEST(line() == "one:no longer@2 clean@5 aborted@5");
}

BOOST_AUTO_TEST_CASE(a_failure_is_not_lost_when_the_joiner_is_cancelled)
{
    run([this] {
        fiber joiner([this] {
            fiber_group group;
            group.spawn([] {
                try
                {
                    this_fiber::sleep_for(1h);
                }
                catch (...)
                {
                    throw std::runtime_error("roll-back failed");
                }
            });
            note_outcome(outcome_of([&] { group.join(); }));
            note_outcome(outcome_of([] { this_fiber::sleep_for(1ms); }));
        });
        this_fiber::sleep_for(2ms);
        joiner.cancel();
        joiner.join();
    });
    BOOST_TEST(line() == "roll-back failed@2 aborted@2");
}

BOOST_AUTO_TEST_CASE(the_deadline_of_the_joiner_ends_the_group)
{
    run([this] {
        fiber_group group;
        group.spawn(sleeper("one", 1h));
        const weft::deadline limit(3ms);
        note_outcome(outcome_of([&] { group.join(); }));
        BOOST_TEST(group.empty());
    });
    BOOST_TEST(line() == "one:group canceled@3 timed_out@3");
}

BOOST_AUTO_TEST_CASE(waiting_with_a_limit_leaves_the_group_alone)
{
    run([this] {
        fiber_group group;
        group.spawn(sleeper("one", 5ms));
        note_time(group.wait_for(1ms) ? "?" : "for");
        note_time(group.wait_until(clock.now() + 1ms) ? "?" : "until");
        note_time(group.wait_for(-1ms) ? "?" : "negative");
        {
            const weft::deadline limit(1ms);
            note_outcome(outcome_of([&] { group.wait_for(1h); }));
        }
        fiber other([&] { note_outcome(outcome_of([&] { group.wait_for(1h); })); });
        this_fiber::yield();
        other.cancel();
        other.join();
        note_time(group.wait_for(1h) ? "ended" : "?");
        group.spawn(thrower("failed", 0ms));
        note_time(group.wait_for(std::chrono::hours::max()) ? "ended" : "?");
        note_outcome(outcome_of([&] { group.join(); }));
    });
    BOOST_TEST(line() == "for@1 until@2 negative@2 timed_out@3 aborted@3 one@5 ended@5 ended@5 failed@5");
}

BOOST_AUTO_TEST_CASE(the_end_of_its_scope_joins)
{
    run([this] {
        {
            fiber_group group;
            group.spawn(sleeper("one", 3ms));
            group.spawn([this] { note("began"); });
        }
        note_time("end");
    });
    BOOST_TEST(line() == "began one@3 end@3");
}

BOOST_AUTO_TEST_CASE(the_end_of_its_scope_by_an_exception_cancels_and_joins)
{
    run([this] {
        note_outcome(outcome_of([&] {
            fiber_group group;
            group.spawn(sleeper("one", 1h));
            this_fiber::sleep_for(1ms);
            throw std::runtime_error("the caller's");
        }));
    });
    BOOST_TEST(line() == "one:group canceled@1 the caller's@1");
}

BOOST_AUTO_TEST_CASE(the_end_of_its_scope_cancels_and_joins_for_a_caller_that_is_to_end)
{
    run([this] {
        {
            const weft::deadline limit(1ms);
            fiber_group group;
            group.spawn(sleeper("one", 1h));
        }
        note_time("end");
        fiber other([this] {
            const weft::deadline limit(0s);
            fiber_group group;
            group.spawn([this] {
                const weft::cancellation_blocker blocker;
                this_fiber::sleep_for(2ms);
                note_time("two");
            });
            this_fiber::yield();
        });
        other.cancel();
        other.join();
        note_time("end");
    });
    BOOST_TEST(line() == "one:group canceled@1 end@1 two@3 end@3");
}

BOOST_AUTO_TEST_CASE(the_end_of_its_scope_by_an_exception_logs_a_failure)
{
    run([this] {
        note_outcome(outcome_of([&] {
            fiber_group group;
            group.spawn(launch::dispatch, [] { throw std::runtime_error("logged"); });
            throw std::runtime_error("the caller's");
        }));
    });
    BOOST_TEST(line() == "the caller's@0");
}

BOOST_AUTO_TEST_CASE(a_failure_that_nobody_is_told_of_leaves_the_scope)
{
    run([this] {
        note_outcome(outcome_of([&] {
            fiber_group group;
            group.spawn(thrower("failed", 1ms));
            group.spawn(sleeper("other", 1h));
        }));
        // Only once.
        note_outcome(outcome_of([&] {
            fiber_group group;
            group.spawn(thrower("failed", 1ms));
            note_outcome(outcome_of([&] { group.join(); }));
        }));
    });
    BOOST_TEST(line() == "other:group failed@1 failed@1 failed@2 -@2");
}

BOOST_AUTO_TEST_CASE(where_nothing_may_be_thrown_it_terminates)
{
    const auto child = run_in_child([] {
        weft::run([] {
            const auto group = std::make_unique<fiber_group>();
            group->spawn([] { throw std::runtime_error("unheard"); });
        });
    });
    BOOST_TEST(child.killed_by(SIGABRT));
}

BOOST_AUTO_TEST_CASE(detached_ones_go_on_alone)
{
    run([this] {
        {
            fiber_group group({.max_fibers = 1});
            group.spawn(sleeper("one", 4ms));
            fiber other([&] {
                group.spawn(sleeper("two", 1ms)); // has room as soon as the first one is detached
                note_time("room");
            });
            fiber third([&] {
                group.join();
                note_time("joined");
            });
            this_fiber::sleep_for(1ms);
            group.detach();
            BOOST_TEST(group.empty());
            other.join();
            third.join();
        }
        note_time("end");
    });
    BOOST_TEST(line() == "room@1 two@2 joined@2 end@2 one@4");
}

BOOST_AUTO_TEST_CASE(a_detached_one_that_fails_terminates)
{
    const auto child = run_in_child([] {
        weft::run([] {
            fiber_group group;
            group.spawn([] {
                this_fiber::yield();
                throw std::runtime_error("alone");
            });
            this_fiber::yield();
            group.detach();
        });
    });
    BOOST_TEST(child.killed_by(SIGABRT));
    BOOST_TEST(child.errors.find("alone") != std::string::npos, child.errors);
}

BOOST_AUTO_TEST_CASE(bounded_spawn_waits_for_room)
{
    run([this] {
        fiber_group group({.max_fibers = 2});
        for (int i = 0; i < 5; ++i)
        {
            group.spawn(sleeper(std::to_string(i), 2ms));
            note_time("spawned");
            BOOST_TEST(group.size() <= 2U);
        }
        group.join();
    });
    BOOST_TEST(line() == "spawned@0 spawned@0 0@2 1@2 spawned@2 spawned@2 2@4 3@4 spawned@4 4@6");
}

BOOST_AUTO_TEST_CASE(room_goes_to_whoever_waited_longest)
{
    run([this] {
        fiber_group group({.max_fibers = 0}); // counts as 1
        group.spawn(sleeper("first", 1ms));
        const auto spawner = [&](const char* name) { group.spawn(sleeper(name, 1ms)); };
        fiber a(spawner, "a");
        fiber b(spawner, "b");
        fiber c(spawner, "c");
        this_fiber::sleep_for(1ms);
        this_fiber::yield();
        spawner("late");
        group.join();
        a.join();
        b.join();
        c.join();
    });
    BOOST_TEST(line() == "first@1 a@2 b@3 c@4 late@5");
}

BOOST_AUTO_TEST_CASE(waiting_for_room_ends_with_the_group)
{
    run([this] {
        fiber_group group({.max_fibers = 1});
        group.spawn(thrower("failed", 2ms));
        fiber a([&] { note_outcome(outcome_of([&] { group.spawn([] {}); })); });
        fiber b([&] { note_outcome(outcome_of([&] { group.spawn([] {}); })); });
        note_outcome(outcome_of([&] { group.join(); }));
        a.join();
        b.join();
    });
    BOOST_TEST(line() == "failed@2 failed@2 failed@2");
}

BOOST_AUTO_TEST_CASE(waiting_for_room_is_bounded_and_loses_nothing)
{
    run([this] {
        fiber_group group({.max_fibers = 1});
        group.spawn(sleeper("first", 9ms));
        fiber other([&] {
            auto number = std::make_unique<int>(7);
            const auto spawn = [&] {
                group.spawn([this](const std::unique_ptr<int>& value) { note("value", *value); }, std::move(number));
            };
            {
                const weft::deadline limit(2ms);
                note_outcome(outcome_of(spawn));
            }
            BOOST_TEST((number != nullptr));
            note_outcome(outcome_of(spawn));
            BOOST_TEST((number != nullptr));
        });
        this_fiber::sleep_for(5ms);
        other.cancel();
        other.join();
        group.spawn(sleeper("next", 1ms));
        group.join();
    });
    BOOST_TEST(line() == "timed_out@2 aborted@5 first@9 next@10");
}

BOOST_AUTO_TEST_CASE(clean_up_belongs_to_the_fiber)
{
    run([this] {
        fiber_group group;
        weft::fiber_specific_ptr<witness> local([](witness* value) {
            const weft::cancellation_blocker blocker;
            this_fiber::sleep_for(1ms);
            delete value;
        });
        group.spawn([&local, this, mine = std::make_shared<witness>(*this, "capture")] {
            local.reset(new witness(*this, "local"));
        });
        group.join();
        note_time("joined");
    });
    BOOST_TEST(line() == "~capture ~local joined@1");
}

BOOST_AUTO_TEST_CASE(joining_from_inside_or_elsewhere_is_an_error)
{
    BOOST_TEST(error_of([] { const fiber_group group; }) == errc::operation_not_permitted);
    run([] {
        fiber_group group;
        group.spawn([&] {
            BOOST_TEST(error_of([&] { group.join(); }) == errc::resource_deadlock_would_occur);
            group.cancel();
            BOOST_TEST(error_of([&] { group.wait_for(1h); }) == errc::resource_deadlock_would_occur);
        });
        group.join();
        weft::spawn(weft::solo(weft::scheduler::current().get_executor()), [&] {
            BOOST_TEST(error_of([&] { group.join(); }) == errc::operation_not_permitted);
            BOOST_TEST(error_of([&] { group.spawn([] {}); }) == errc::operation_not_permitted);
        });
        this_fiber::sleep_for(1ms);
    });
}

BOOST_AUTO_TEST_CASE(members_spawn_and_others_join)
{
    run([this] {
        fiber_group outer;
        fiber_group inner;
        fiber waiter([&] {
            inner.spawn([] {});
            inner.join();
            note_time("inner");
        });
        outer.spawn([&] {
            this_fiber::yield();
            outer.spawn(sleeper("grandchild", 3ms));
            inner.spawn(sleeper("nephew", 2ms));
        });
        outer.join();
        note_time("outer");
        waiter.join();
    });
    BOOST_TEST(line().find("grandchild@3 outer@3") != std::string::npos, line());
}

BOOST_AUTO_TEST_CASE(stop_callbacks_may_use_the_group)
{
    run([this] {
        fiber_group group;
        for (int i = 0; i < 3; ++i)
        {
            group.spawn([&] {
                const std::stop_callback on_stop(this_fiber::get_stop_token(), [&] {
                    group.cancel();
                    BOOST_TEST(error_of([&] { group.spawn([] {}); }) == aborted);
                    this_fiber::yield(); // lets members end while the group cancels them
                });
                error_of([] { this_fiber::sleep_for(1h); });
            });
        }
        this_fiber::yield();
        group.cancel();
        group.join();
        note_time("end");
    });
    BOOST_TEST(line() == "end@0");
}

BOOST_AUTO_TEST_CASE(a_stop_token_cancels_one_member)
{
    run([this] {
        std::stop_source source;
        fiber_group group;
        group.spawn(weft::attributes{.stop = source.get_token()}, sleeper("one", 1h));
        group.spawn(sleeper("two", 2ms));
        this_fiber::sleep_for(1ms);
        source.request_stop();
        group.join();
    });
    BOOST_TEST(line() == "one:stop token@1 two@2");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_ends_the_group)
{
    {
        boost::asio::io_context io;
        weft::spawn(io, [this] {
            fiber_group group;
            group.spawn(sleeper("one", 1h));
            group.spawn(sleeper("two", 1h));
            note_outcome(outcome_of([&] { group.join(); }));
        });
        weft::spawn(io, [this] {
            fiber_group group({.max_fibers = 1});
            group.spawn(sleeper("three", 1h));
            note_outcome(outcome_of([&] { group.spawn([] {}); }));
        });
        io.poll();
    }
    // In which order is the tear-down's choice.
    for (const auto* what :
         {"one:scheduler torn down", "two:scheduler torn down", "three:scheduler torn down", "aborted"})
    {
        BOOST_TEST(line().find(what) != std::string::npos, line());
    }
}

// Whichever wait of a program with groups is the last one that is not cancelled: everything ends, nothing leaks.
BOOST_AUTO_TEST_CASE(cancelled_at_each_moment)
{
    int finished_alone = 0;
    for (int n = 0; n < 120 && finished_alone == 0; ++n)
    {
        auto alive = std::make_shared<int>(0);
        int ended = 0;
        run([&] {
            fiber program([&] {
                fiber_group group({.max_fibers = 2});
                for (int i = 0; i < 4; ++i)
                {
                    group.spawn([&ended, alive] {
                        for (int k = 0; k < 3; ++k)
                        {
                            this_fiber::sleep_for(1ms);
                        }
                        ++ended;
                    });
                }
                group.join();
            });
            for (int k = 0; k < n; ++k)
            {
                this_fiber::yield();
                if (k % 5 == 4)
                {
                    this_fiber::sleep_for(500us);
                }
            }
            program.cancel();
            program.join();
            BOOST_TEST(alive.use_count() == 1);
            BOOST_TEST(weft::scheduler::current().counters().live == 1U);
        });
        finished_alone += ended == 4 ? 1 : 0;
    }
    BOOST_TEST(finished_alone == 1);
}

// Each allocation fails in turn.
BOOST_AUTO_TEST_CASE(without_memory)
{
    if (!allocations_can_fail())
    {
        return;
    }
    bool is_over = false;
    for (std::uint64_t n = 1; n < 200 && !is_over; ++n)
    {
        auto alive = std::make_shared<int>(0);
        run([&] {
            fiber_group group;
            int spawned = 0;
            int ran = 0;
            fail_allocation(n);
            for (int i = 0; i < 20; ++i)
            {
                try
                {
                    group.spawn(weft::attributes{.name = "a name too long for a small string"},
                                [alive, &ran] { ++ran; });
                    ++spawned;
                }
                catch (const std::bad_alloc&)
                {
                }
            }
            is_over = fail_allocation(0) != 0;
            BOOST_TEST(group.size() == static_cast<std::size_t>(spawned));
            group.join();
            BOOST_TEST(ran == spawned);
            BOOST_TEST(spawned >= 19);
        });
        BOOST_TEST(alive.use_count() == 1);
    }
    BOOST_TEST(is_over);
}

BOOST_AUTO_TEST_CASE(no_allocation_but_the_record)
{
    run([] {
        const auto batch = [] {
            fiber_group group({.max_fibers = 8});
            for (int i = 0; i < 100; ++i)
            {
                group.spawn([] { this_fiber::yield(); });
            }
            group.join();
        };
        batch();
        const auto before = allocation_count();
        batch();
        BOOST_TEST(allocation_count() == before);
    });
}

BOOST_AUTO_TEST_SUITE_END()
