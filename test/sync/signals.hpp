// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SYNC_SIGNALS_HPP
#define WEFT_TEST_SYNC_SIGNALS_HPP

#include <weft/sync/barrier.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/gate.hpp>
#include <weft/sync/latch.hpp>
#include <weft/sync/semaphore.hpp>

#include "support/errors.hpp"

#include <cstddef>
#include <tuple>
#include <utility>

// What the primitives that one waits for have in common: made so that nobody passes; `open` lets one pass that waits, or
// the next; `reusable` says whether it must be opened for each.
namespace weft::test
{

template <std::ptrdiff_t Max>
struct semaphore_signal
{
    static constexpr bool reusable = true;
    counting_semaphore<Max> inner{0};

    /// As an event: what cannot be opened any further stays so.
    void open()
    {
        const auto full = error_of([this] { inner.release(); });
        if (full && full != errc::invalid_argument)
        {
            throw boost::system::system_error(full);
        }
    }
    void wait()
    {
        inner.acquire();
    }
    template <class Duration>
    bool wait_for(Duration timeout)
    {
        return inner.try_acquire_for(timeout);
    }
    template <class TimePoint>
    bool wait_until(TimePoint when)
    {
        return inner.try_acquire_until(when);
    }
};

template <class Inner, bool Reusable>
struct waited_for
{
    static constexpr bool reusable = Reusable;
    Inner inner;

    template <class... Args>
    explicit waited_for(Args... args) : inner(args...)
    {
    }
    void wait()
    {
        inner.wait();
    }
    template <class Duration>
    bool wait_for(Duration timeout)
    {
        return inner.wait_for(timeout);
    }
    template <class TimePoint>
    bool wait_until(TimePoint when)
    {
        return inner.wait_until(when);
    }
};

struct latch_signal : waited_for<latch, false>
{
    latch_signal() : waited_for(1) {}
    void open()
    {
        if (!inner.try_wait())
        {
            inner.count_down();
        }
    }
};

struct gate_signal : waited_for<gate, false>
{
    gate_signal()
    {
        inner.enter();
    }
    void open()
    {
        if (inner.users() != 0)
        {
            inner.leave();
        }
    }
};

struct manual_event_signal : waited_for<manual_reset_event, false>
{
    void open()
    {
        inner.set();
    }
};

struct auto_event_signal : waited_for<auto_reset_event, true>
{
    void open()
    {
        inner.set();
    }
};

using timed_signals = std::tuple<semaphore_signal<1>, semaphore_signal<counting_semaphore<>::max()>, latch_signal,
                                 gate_signal, manual_event_signal, auto_event_signal>;

} // namespace weft::test

#endif
