// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_FIBER_BOOST_STEALING_HPP
#define WEFT_BENCH_FIBER_BOOST_STEALING_HPP

#include "harness/isolation.hpp"

#include <boost/fiber/algo/work_stealing.hpp>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>

#include <mutex>
#include <thread>

namespace weft::bench
{

/// From now on this thread and another one steal each other's fibers. In a process, as many threads as were said at first
/// can choose Boost.Fiber's algorithm for that, and each once.
inline void have_a_second_thread_steal()
{
    namespace fibers = boost::fibers;
    [[maybe_unused]] static const bool is_there = [] {
        std::thread([] {
            pin_to_core(core_role::peer);
            fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(2U);
            fibers::mutex lock;
            fibers::condition_variable never;
            std::unique_lock held(lock);
            never.wait(held, [] { return false; });
        }).detach();
        fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(2U);
        return true;
    }();
}

} // namespace weft::bench

#endif
