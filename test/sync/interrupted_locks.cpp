// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/recursive_mutex.hpp>
#include <weft/sync/shared_mutex.hpp>

#include "lock_kinds.hpp"
#include "support/every_step.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <tuple>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;

namespace
{

using timed_locks = std::tuple<weft::timed_mutex, weft::recursive_timed_mutex, weft::shared_timed_mutex>;

} // namespace

// A lock goes on from whoever is interrupted, wherever that is, and nobody has it twice.
BOOST_AUTO_TEST_SUITE(interrupted_locks)

BOOST_AUTO_TEST_CASE_TEMPLATE(holders_and_waiters, Mutex, all_locks)
{
    check_all(every_step([] {
        Mutex mutex;
        int inside = 0;
        int passes = 0;
        crew all;
        for (int i = 0; i != 3; ++i)
        {
            all.start([&] {
                for (int n = 0; n != 2; ++n)
                {
                    const std::lock_guard guard(mutex);
                    require(++inside == 1, "two inside");
                    ++passes;
                    const counted_down leaving{inside};
                    this_fiber::sleep_for(1ms);
                }
            });
        }
        all.join();
        require(inside == 0, "somebody is still inside");
        require(passes == 6 || all.interrupted() != 0, "a pass is missing");
        require(mutex.try_lock(), "it is not free");
        mutex.unlock();
    }));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(patient_and_impatient_ones, Mutex, timed_locks)
{
    check_all(every_step([] {
        Mutex mutex;
        int got = 0;
        int gave_up = 0;
        crew all;
        for (const auto patience : {1ms, 9ms, 3ms, 1ms})
        {
            all.start([&, patience] {
                if (mutex.try_lock_for(patience))
                {
                    const std::lock_guard guard(mutex, std::adopt_lock);
                    ++got;
                    this_fiber::sleep_for(2ms);
                }
                else
                {
                    ++gave_up;
                }
            });
        }
        all.join();
        require(got >= 1, "nobody got it");
        require(got + gave_up + all.interrupted() >= 4, "somebody got lost");
        require(mutex.try_lock(), "it is not free");
        mutex.unlock();
    }));
}

// Interrupted writers must not hold the readers up.
BOOST_AUTO_TEST_CASE(readers_and_writers)
{
    check_all(every_step([] {
        weft::shared_timed_mutex mutex;
        int readers = 0;
        int writers = 0;
        crew all;
        for (int i = 0; i != 4; ++i)
        {
            const bool writes = i % 2 == 1;
            all.start([&, writes] {
                if (writes)
                {
                    if (mutex.try_lock_for(1h))
                    {
                        const std::lock_guard guard(mutex, std::adopt_lock);
                        require(readers == 0 && ++writers == 1, "a writer is not alone");
                        this_fiber::yield();
                        --writers;
                    }
                    return;
                }
                if (mutex.try_lock_shared_for(1h))
                {
                    const std::shared_lock guard(mutex, std::adopt_lock);
                    require(writers == 0, "a reader beside a writer");
                    ++readers;
                    struct out
                    {
                        int& readers;
                        ~out()
                        {
                            --readers;
                        }
                    } leaving{readers};
                    this_fiber::sleep_for(1ms);
                }
            });
        }
        all.join();
        require(mutex.try_lock(), "it is not free");
        mutex.unlock();
    }));
}

// A notification that one who is cancelled has got goes on to nobody, as with std; what was said is still there.
BOOST_AUTO_TEST_CASE(condition_variable_with_a_stop_token)
{
    check_all(every_step([] {
        weft::mutex mutex;
        weft::condition_variable changed;
        int items = 0;
        int taken = 0;
        crew all;
        for (int i = 0; i != 2; ++i)
        {
            all.start([&] {
                std::unique_lock guard(mutex);
                if (changed.wait(guard, this_fiber::get_stop_token(), [&] { return items > 0; }))
                {
                    --items;
                    ++taken;
                }
            });
        }
        all.start([&] {
            for (int i = 0; i != 2; ++i)
            {
                {
                    const std::lock_guard guard(mutex);
                    ++items;
                }
                changed.notify_all();
                this_fiber::yield();
            }
        });
        all.join();
        require(taken + items == 2 || all.interrupted() != 0, "an item is lost");
        require(mutex.try_lock(), "it is not free");
        mutex.unlock();
    }));
}

BOOST_AUTO_TEST_SUITE_END()
