// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/algorithm.hpp>
#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/work_stealing.hpp>

#include "support/child_process.hpp"
#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;
namespace this_fiber = weft::this_fiber;

namespace
{

template <class Algorithm, class... Args>
void use(Args... args)
{
    weft::scheduler::current().use_algorithm(std::make_unique<Algorithm>(args...));
}

/// A user's: the newest first.
class last_come_first_served : public weft::algorithm
{
public:
    void awakened(weft::ready_fiber fiber) noexcept override
    {
        ready_.push_back(fiber);
    }
    weft::ready_fiber pick_next() noexcept override
    {
        if (ready_.empty())
        {
            return {};
        }
        const auto last = ready_.back();
        ready_.pop_back();
        return last;
    }
    bool has_ready_fibers() const noexcept override
    {
        return !ready_.empty();
    }

private:
    std::vector<weft::ready_fiber> ready_;
};

/// Keeps the fibers of this name to itself.
class forgetful : public weft::round_robin
{
public:
    void awakened(weft::ready_fiber fiber) noexcept override
    {
        if (fiber.name() != "unlucky")
        {
            round_robin::awakened(fiber);
        }
    }
};

/// Gives a fiber of this name out twice.
class repeating : public last_come_first_served
{
public:
    weft::ready_fiber pick_next() noexcept override
    {
        if (again_)
        {
            return std::exchange(again_, {});
        }
        const auto next = last_come_first_served::pick_next();
        if (next && next.name() == "lucky")
        {
            again_ = next;
        }
        return next;
    }

private:
    weft::ready_fiber again_;
};

struct algorithms : virtual_time
{
    auto noting(std::string name)
    {
        return [this, name] { note(name); };
    }
    /// Each turn is noted.
    auto taking_turns(std::string name, int turns)
    {
        return [this, name, turns] {
            for (int i = 0; i < turns; ++i)
            {
                note(name);
                this_fiber::yield();
            }
        };
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(scheduling_algorithms, algorithms)

BOOST_AUTO_TEST_CASE(P3_higher_priorities_first_and_equal_ones_in_turn)
{
    run([this] {
        use<weft::priority>();
        std::vector<fiber> all;
        all.emplace_back(weft::attributes{.priority = 0}, taking_turns("a", 2));
        all.emplace_back(weft::attributes{.priority = 5}, taking_turns("b", 2));
        all.emplace_back(weft::attributes{.priority = -1}, taking_turns("c", 2));
        all.emplace_back(weft::attributes{.priority = 5}, taking_turns("d", 2));
        join_all(all);
    });
    BOOST_TEST(line() == "b d b d a a c c");
}

BOOST_AUTO_TEST_CASE(P3_ageing_lets_nobody_starve)
{
    run([this] {
        use<weft::priority>(3);
        // Ready since turn 0 and two steps below: six turns later nobody passes it over any more.
        fiber low(weft::attributes{.priority = -2}, noting("low"));
        fiber high(taking_turns("h", 10));
        high.join();
        low.join();
    });
    BOOST_TEST(line() == "h h h h h h low h h h h");
}

BOOST_AUTO_TEST_CASE(a_priority_may_be_changed)
{
    run([this] {
        use<weft::priority>();
        BOOST_TEST(this_fiber::priority() == 0);
        fiber a([this] {
            note("a1");
            this_fiber::set_priority(-1);
            this_fiber::yield();
            note("a2");
        });
        fiber b(weft::attributes{.priority = -1}, taking_turns("b", 2));
        fiber c(weft::attributes{.priority = -2}, noting("c"));
        a.join();
        b.join();
        c.join();
    });
    BOOST_TEST(line() == "a1 b a2 b c");
    BOOST_TEST(this_fiber::priority() == 0);
    const auto outside = error_of([] { this_fiber::set_priority(1); });
    BOOST_TEST(outside == errc::operation_not_permitted);
}

BOOST_AUTO_TEST_CASE(P3_the_earliest_deadline_first)
{
    run([this] {
        use<weft::earliest_deadline>();
        const auto now = this_fiber::now();
        std::vector<fiber> all;
        all.emplace_back(noting("none1"));
        all.emplace_back(weft::attributes{.deadline = now + 30ms}, noting("30"));
        all.emplace_back(weft::attributes{.deadline = now + 10ms}, [this, now] {
            note("10");
            const weft::deadline later(now + 25ms);
            this_fiber::yield();
            note("25");
        });
        all.emplace_back(noting("none2"));
        all.emplace_back(weft::attributes{.deadline = now + 20ms}, noting("20"));
        all.emplace_back(weft::attributes{.deadline = now + 20ms}, noting("20b"));
        join_all(all);
    });
    // A deadline inside of another can only be nearer.
    BOOST_TEST(line() == "10 25 20 20b 30 none1 none2");
}

BOOST_AUTO_TEST_CASE(one_of_the_users)
{
    run([this] {
        use<last_come_first_served>();
        fiber a(noting("a"));
        fiber b([this] {
            note("b");
            fiber child(noting("b1"));
            fiber other(noting("b2"));
            child.join();
            other.join();
            note("b3");
        });
        a.join();
        b.join();
    });
    BOOST_TEST(line() == "b b2 b1 b3 a");
}

BOOST_AUTO_TEST_CASE(ready_fibers_go_over_to_it)
{
    run([this] {
        fiber a(noting("a"));
        fiber b(noting("b"));
        fiber c(noting("c"));
        use<last_come_first_served>();
        BOOST_TEST(weft::scheduler::current().counters().ready == 3U);
        a.join();
        fiber d(noting("d"));
        fiber e(noting("e"));
        fiber f(noting("f"));
        this_fiber::yield(); // the newest is this one itself
        BOOST_TEST(weft::scheduler::current().counters().ready == 3U);
        use<weft::priority>();
        weft::scheduler::current().use_algorithm(nullptr);
        BOOST_TEST(weft::scheduler::current().counters().ready == 3U);
        use<weft::round_robin>();
        d.join();
        note("|");
        b.join();
        c.join();
        e.join();
        f.join();
    });
    BOOST_TEST(line() == "c b a f e d |");
}

BOOST_AUTO_TEST_CASE(dispatch_goes_before_what_the_algorithm_says)
{
    run([this] {
        use<weft::priority>();
        fiber high(weft::attributes{.priority = 9}, noting("high"));
        fiber child(weft::launch::dispatch, weft::attributes{.priority = -9}, [this] {
            note("child");
            this_fiber::yield();
            note("child");
        });
        note("main");
        high.join();
        child.join();
    });
    BOOST_TEST(line() == "child high main child");
}

BOOST_AUTO_TEST_CASE(sleeps_and_time_are_as_ever)
{
    run([this] {
        use<weft::earliest_deadline>();
        std::vector<fiber> all;
        for (const auto pause : {20ms, 10ms, 30ms})
        {
            all.emplace_back([this, pause] {
                this_fiber::sleep_for(pause);
                note_time("woken");
            });
        }
        join_all(all);
    });
    BOOST_TEST(line() == "woken@10 woken@20 woken@30");
}

BOOST_AUTO_TEST_CASE(chosen_and_changed_between_rounds)
{
    boost::asio::io_context io;
    auto own = weft::scheduler::of(io);
    int runs = 0;
    own.use_algorithm(std::make_unique<weft::priority>());
    own.use_algorithm(nullptr);
    weft::spawn(io, [&runs] { ++runs; }, boost::asio::detached);
    own.use_algorithm(std::make_unique<weft::earliest_deadline>());
    io.run();
    own.use_algorithm(std::make_unique<weft::work_stealing>(weft::work_team()));
    own.use_algorithm(nullptr);
    BOOST_TEST(own.counters().ready == 0U);
    weft::spawn(io, [&runs] { ++runs; }, boost::asio::detached);
    io.restart();
    io.run();
    BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_CASE(a_fiber_that_is_always_ready_keeps_nobody_out)
{
    int turns = 0;
    run([&] {
        use<weft::priority>();
        bool called = false;
        boost::asio::post(weft::scheduler::current().get_executor(), [&called] { called = true; });
        while (!called)
        {
            this_fiber::yield();
            ++turns;
        }
    });
    BOOST_TEST(turns <= 2 * weft::slice_options().switches);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_unwinds_what_the_algorithm_has)
{
    {
        boost::asio::io_context io;
        auto self = weft::scheduler::of(io);
        self.use_algorithm(std::make_unique<weft::priority>());
        for (const auto name : {"a", "b", "c"})
        {
            weft::spawn(io, [this, name] {
                const witness end(*this, name);
                for (;;)
                {
                    this_fiber::yield();
                }
            });
        }
        io.run_one();
        BOOST_TEST(self.counters().live == 3U);
        BOOST_TEST(self.counters().ready == 3U);
        weft::spawn(io, [this] { note("unreached"); });
    }
    BOOST_TEST(line() == "~b ~c ~a");
}

#if !defined(NDEBUG)

BOOST_AUTO_TEST_CASE(a_lost_fiber_is_named)
{
    const auto child = run_in_child([] {
        weft::run([] {
            use<forgetful>();
            fiber f(weft::attributes{.name = "unlucky"}, [] {});
            f.join();
        });
    });
    BOOST_TEST(child.killed_by(SIGABRT));
    BOOST_TEST(child.errors.find("the scheduling algorithm has lost 1 of its ready fibers, unlucky") !=
                   std::string::npos,
               child.errors);
}

BOOST_AUTO_TEST_CASE(a_fiber_returned_twice_is_reported)
{
    const auto child = run_in_child([] {
        weft::run([] {
            use<repeating>();
            fiber f(weft::attributes{.name = "lucky"}, [] {});
            f.join();
        });
    });
    BOOST_TEST(child.killed_by(SIGABRT));
    BOOST_TEST(child.errors.find("the scheduling algorithm has returned a fiber twice, or one that it was not given") !=
                   std::string::npos,
               child.errors);
}

#endif

BOOST_AUTO_TEST_SUITE_END()
