// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_WAKER_HPP
#define WEFT_FIBER_WAKER_HPP

#include <weft/fiber/detail/sleeper.hpp>

#include <utility>

namespace weft
{

/// A ticket that ends one particular wait of one fiber. Copies are interchangeable; the first call wins, and calls
/// after the end of that wait do nothing, even when the fiber is gone.
///
/// Thread safety: any thread, any handler, also at the same time.
class waker
{
public:
    waker() = default;
    waker(detail::fiber_record& fiber, detail::wait_ticket ticket) noexcept : fiber_(fiber), ticket_(ticket) {}

    /// True if this call has ended the wait. Blocks: never; the fiber runs when its scheduler does.
    bool wake() const noexcept
    {
        return fiber_ && detail::wake(*fiber_.get(), ticket_, detail::wake_reason::notified);
    }

    /// As `wake`: a waker is a handler of Asio.
    bool operator()() const noexcept
    {
        return wake();
    }

    explicit operator bool() const noexcept
    {
        return static_cast<bool>(fiber_);
    }

private:
    detail::record_pointer fiber_;
    detail::wait_ticket ticket_ = 0;
};

namespace detail
{

/// The running fiber. Throws `operation_not_permitted` outside of fibers.
fiber_record& require_fiber(const char* what);

/// Ends a wait that its own fiber gives up before it slept.
void cancel_wait(fiber_record& self, wait_ticket ticket) noexcept;

template <class Publish>
wait_outcome suspend(Publish&& publish, const wait_limits& limits)
{
    auto& self = require_fiber("weft::this_fiber::suspend");
    sleeper me;
    me.take_turn();
    if (me.is_canceled(limits.kind))
    {
        return wait_outcome::canceled;
    }
    const auto ticket = self.arm(me.effective(limits.kind));
    try
    {
        std::forward<Publish>(publish)(waker(self, ticket));
    }
    catch (...)
    {
        cancel_wait(self, ticket);
        throw;
    }
    return me.sleep(ticket, limits);
}

} // namespace detail

namespace this_fiber
{

/// Calls `publish(waker)`, which stores the waker wherever the event will come from, and waits until somebody calls it,
/// perhaps before `publish` returns. The bridge from any callback to a fiber:
///
///     this_fiber::suspend([&](weft::waker done) { library.start(request, [done] { done(); }); });
///
/// Blocks: the fiber.
/// Cancellation: throws `operation_aborted`; the waker does nothing then.
/// Errors: `timed_out` when the inherited deadline comes first, `operation_not_permitted` outside of fibers, and what
/// `publish` throws.
template <class Publish>
void suspend(Publish&& publish)
{
    detail::throw_if_failed(detail::suspend(std::forward<Publish>(publish), {}));
}

} // namespace this_fiber

} // namespace weft

#endif
