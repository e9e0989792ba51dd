// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_DRIVERS_HPP
#define WEFT_TEST_SUPPORT_DRIVERS_HPP

#include "support/virtual_time.hpp"

#include <boost/mp11/algorithm.hpp>

#include <functional>
#include <tuple>

// Ways to drive a scheduler. The same case must give the same record with each of them.
namespace weft::test
{

namespace detail
{

/// Starts `first` as a fiber, and calls `last` when nothing is left to do, nor any work in the executor, and that still
/// exists.
using drive_function = void(const std::function<void()>& first, const std::function<void()>& last);

void drive(drive_function& driver, manual_clock& clock, const std::function<void()>& body);

} // namespace detail

struct by_run
{
    static detail::drive_function drive;
};
struct by_io_run
{
    static detail::drive_function drive;
};
struct by_run_one
{
    static detail::drive_function drive;
};
struct by_poll
{
    static detail::drive_function drive;
};
struct by_solo
{
    static detail::drive_function drive;
};
struct by_three_threads
{
    static detail::drive_function drive;
};
struct by_strand_on_pool
{
    static detail::drive_function drive;
};

/// All: cases must not assert inside of fibers, because these may run on another thread than the test's.
using all_drivers = std::tuple<by_run, by_io_run, by_run_one, by_poll, by_solo, by_three_threads, by_strand_on_pool>;

/// Those that stay on the test's own thread.
using own_thread_drivers = std::tuple<by_run, by_io_run, by_run_one, by_poll, by_solo>;

/// One kind of something with one way to drive: what a case template gets from `with_all_drivers`.
template <class Kind, class Driver>
struct driven
{
    using kind = Kind;
    using driver = Driver;
};
template <class Kinds>
using with_all_drivers = boost::mp11::mp_product<driven, Kinds, all_drivers>;

/// Runs `body` as the first fiber, in the virtual time of `clock`. What leaves it leaves this function. No fiber may be
/// left afterwards, and no work in the executor.
template <class Driver, class F>
void drive(manual_clock& clock, F body)
{
    detail::drive(Driver::drive, clock, std::ref(body));
}

} // namespace weft::test

#endif
