// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H27: memory runs out at any point. Whoever spawns gets an exception and nothing is lost: what was captured is
// destroyed, the other fibers go on, and later spawns work. Each allocation and each system call for stacks fails in
// turn.

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "context/guard_kinds.hpp"
#include "support/allocation_counter.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;

namespace
{

constexpr unsigned ways = 4;
constexpr int each_way = 12;
constexpr std::size_t odd_size = 100'000;

/// What a fiber holds, runs, and leaves behind.
class witness
{
public:
    struct counts
    {
        int alive = 0;
        int ran = 0;
    };
    explicit witness(counts& all) noexcept : all_(&all)
    {
        ++all.alive;
    }
    witness(const witness& other) noexcept : witness(*other.all_) {}
    witness& operator=(const witness&) = delete;
    ~witness()
    {
        --all_->alive;
    }
    void operator()() const
    {
        this_fiber::yield();
        ++all_->ran;
    }

private:
    counts* all_;
};

struct result
{
    int started = 0;
    int refused = 0;
    int failed_later = 0; ///< told to the joiner or the token: the stack was looked for when the fiber's turn came
    witness::counts fibers;
};

bool is_lack_of_memory(const std::exception_ptr& error)
{
    try
    {
        std::rethrow_exception(error);
    }
    catch (const std::bad_alloc&)
    {
        return true;
    }
    catch (const boost::system::system_error& failure)
    {
        return failure.code() == boost::system::errc::not_enough_memory;
    }
    catch (...)
    {
        return false;
    }
}

/// Counts an attempt; anything but a lack of memory goes on.
template <class Attempt>
void attempt(result& seen, Attempt&& make)
{
    try
    {
        make();
        ++seen.started;
    }
    catch (...)
    {
        if (!is_lack_of_memory(std::current_exception()))
        {
            throw;
        }
        ++seen.refused;
    }
}

void join(weft::fiber& one, result& seen)
{
    try
    {
        one.join();
    }
    catch (...)
    {
        if (!is_lack_of_memory(std::current_exception()))
        {
            throw;
        }
        ++seen.failed_later;
    }
}

/// Inside a fiber: spawns in all ways by turns, beginning with one of them, and joins all. `arm` orders the failure,
/// `disarm` takes it back.
template <class Arm, class Disarm>
void spawn_all(result& seen, unsigned first_way, Arm arm, Disarm disarm)
{
    std::vector<weft::fiber> all;
    all.reserve(ways * each_way);
    const auto spawn_one = [&](unsigned way) {
        switch (way % ways)
        {
        case 0:
            all.emplace_back(witness(seen.fibers));
            break;
        case 1:
            all.emplace_back(weft::launch::dispatch, witness(seen.fibers));
            break;
        case 2:
            all.emplace_back(weft::attributes{.name = "a name that does not fit in place", .stack_size = odd_size},
                             witness(seen.fibers));
            break;
        default:
            weft::spawn(weft::scheduler::current(), witness(seen.fibers),
                        [&seen](const std::exception_ptr& error) { seen.failed_later += error != nullptr ? 1 : 0; });
            break;
        }
    };
    arm();
    for (unsigned i = 0; i != ways * each_way; ++i)
    {
        attempt(seen, [&] { spawn_one(first_way + i); });
        if (i % 16 == 15)
        {
            this_fiber::yield();
        }
    }
    for (auto& each : all)
    {
        join(each, seen);
    }
    disarm();
}

template <class Arm, class Disarm>
result run_and_spawn(unsigned first_way, Arm arm, Disarm disarm)
{
    result seen;
    weft::run([&] {
        spawn_all(seen, first_way, arm, disarm);
        // Nothing in the way of later ones.
        result after;
        spawn_all(after, first_way, [] {}, [] {});
        BOOST_TEST(after.refused + after.failed_later == 0);
        BOOST_TEST(after.fibers.ran >= 3 * each_way);
        this_fiber::yield();
        BOOST_TEST(after.fibers.alive == 0);
    });
    return seen;
}

/// Sweeps over all ways to begin: which one asks for more address space depends on it.
template <class Sweep>
void with_each_way(Sweep sweep)
{
    for (unsigned first_way = 0; first_way != ways; ++first_way)
    {
        BOOST_TEST_CONTEXT("beginning with way " << first_way)
        {
            sweep(first_way);
        }
    }
}

void check(const result& seen, bool reached, std::uint64_t n)
{
    if (seen.refused + seen.failed_later > (reached ? 1 : 0) || seen.fibers.alive != 0 ||
        seen.fibers.ran + seen.failed_later != seen.started ||
        seen.started + seen.refused != static_cast<int>(ways) * each_way)
    {
        BOOST_ERROR("failure " << n << ": started " << seen.started << ", refused " << seen.refused << ", failed later "
                               << seen.failed_later << ", ran " << seen.fibers.ran << ", alive " << seen.fibers.alive);
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(allocation_failure, both_guards)

BOOST_AUTO_TEST_CASE(every_allocation_of_a_spawning_fiber)
{
    if (!allocations_can_fail())
    {
        return;
    }
    run_and_spawn(0, [] {}, [] {}); // what is made once for all
    with_each_way([](unsigned first_way) {
        int refused = 0;
        bool reached = true;
        for (std::uint64_t n = 1; reached; ++n)
        {
            BOOST_REQUIRE(n < 10'000U);
            const auto before = outstanding_allocations();
            std::uint64_t left = 0;
            const auto seen =
                run_and_spawn(first_way, [n] { fail_allocation(n); }, [&left] { left = fail_allocation(0); });
            reached = left == 0;
            check(seen, reached, n);
            refused += seen.refused;
            BOOST_TEST(outstanding_allocations() == before, "failure " << n);
        }
        BOOST_TEST(refused > each_way);
    });
}

BOOST_AUTO_TEST_CASE(every_system_call_of_a_spawning_fiber)
{
    const auto guards = weft::detail::counted_guards();
    with_each([] {
        with_each_way([](unsigned first_way) {
            int refused = 0;
            int failed_later = 0;
            bool reached = true;
            for (std::size_t n = 1; reached; ++n)
            {
                BOOST_REQUIRE(n < 10'000U);
                std::size_t left = 0;
                const auto seen = run_and_spawn(
                    first_way, [n] { weft::detail::fail_system_call(n); },
                    [&left] { left = weft::detail::fail_system_call(0); });
                reached = left == 0;
                check(seen, reached, n);
                refused += seen.refused;
                failed_later += seen.failed_later;
            }
            BOOST_TEST(refused > 0);
            BOOST_TEST(failed_later > 0);
        });
    });
    BOOST_TEST(weft::detail::counted_guards() == guards);
}

BOOST_AUTO_TEST_CASE(every_allocation_of_a_program)
{
    if (!allocations_can_fail())
    {
        return;
    }
    const auto program = [](result& seen) {
        boost::asio::cancellation_signal cancel;
        boost::asio::io_context io(1);
        for (int i = 0; i != 3; ++i)
        {
            attempt(seen, [&] {
                weft::spawn(io, witness(seen.fibers), [&seen](const std::exception_ptr& error) {
                    seen.failed_later += error != nullptr ? 1 : 0;
                });
            });
            attempt(seen, [&] {
                weft::spawn(weft::solo(io), witness(seen.fibers), [&seen](const std::exception_ptr& error) {
                    seen.failed_later += error != nullptr ? 1 : 0;
                });
            });
            attempt(seen, [&] {
                weft::spawn(
                    io, {.name = "one that can be cancelled by its slot"}, witness(seen.fibers),
                    boost::asio::bind_cancellation_slot(cancel.slot(), [&seen](const std::exception_ptr& error) {
                        seen.failed_later += error != nullptr ? 1 : 0;
                    }));
            });
        }
        io.run();
    };
    {
        result once;
        program(once);
        BOOST_TEST(once.fibers.ran == 9);
    }
    bool reached = true;
    for (std::uint64_t n = 1; reached; ++n)
    {
        BOOST_REQUIRE(n < 1000U);
        const auto before = outstanding_allocations();
        result seen;
        bool thrown = false;
        fail_allocation(n);
        try
        {
            program(seen);
        }
        catch (const std::bad_alloc&)
        {
            thrown = true;
        }
        reached = fail_allocation(0) == 0;
        BOOST_TEST(seen.fibers.alive == 0, "failure " << n);
        BOOST_TEST(outstanding_allocations() == before, "failure " << n);
        BOOST_TEST(seen.refused + seen.failed_later <= 1, "failure " << n);
        BOOST_TEST((thrown || seen.fibers.ran + seen.failed_later == seen.started),
                   "failure " << n << ": started " << seen.started << ", ran " << seen.fibers.ran << ", failed later "
                              << seen.failed_later);
    }
}

BOOST_AUTO_TEST_SUITE_END()
