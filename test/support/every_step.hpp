// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_EVERY_STEP_HPP
#define WEFT_TEST_SUPPORT_EVERY_STEP_HPP

#include "support/crew.hpp"

#include <functional>

namespace weft::test
{

/// How many runs were interrupted in each way.
struct interruptions
{
    int while_waiting = 0; ///< cancelled in a wait
    int once_woken = 0;    ///< cancelled when a wait had just ended, before the fiber has run
    int torn_down = 0;     ///< the io_context destroyed while a fiber waits
    int out_of_memory = 0; ///< an allocation failed; always 0 with clang's ThreadSanitizer
};

/// Runs a scenario again and again, each time interrupted at another step, for all steps: one of the crew's fibers is
/// cancelled in its wait, or when that wait has just ended; the io_context is destroyed under a wait; an allocation
/// fails. Before that, it is run without.
///
///     every_step([] {
///         mutex lock;                       // what the fibers share
///         int got = 0;
///         crew all;                         // the fibers, declared last
///         all.start([&] { ... ++got; });    // no Boost.Test inside: weft::test::require
///         all.join();                       // fails the test if somebody sleeps for ever
///         require(got + all.interrupted() == 1, "somebody got nothing");
///     });
///
/// What the scenario owes: whichever one fiber is interrupted, and wherever, its other fibers must still end, and its
/// checks hold; so too when all are interrupted at once, as the end of the io_context does. It is the same program each time: no clock but the fiber's, no random numbers, no other threads. It may
/// end by throwing what an interruption throws (`bad_alloc` when a fiber could not be made), but not otherwise.
/// Timed waits may end early when memory is short.
///
/// Checks, as errors of the current Boost.Test case with the step at which they happened: `require`; that no fiber
/// sleeps for ever or is left; that no allocation is left. Waits are those that sleep and that cancellation may end.
///
/// Only on the test's own thread, outside of fibers.
interruptions every_step(const std::function<void()>& scenario);

/// Was each way of interruption tried?
void check_all(const interruptions& done);

} // namespace weft::test

#endif
