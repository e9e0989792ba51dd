// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_FIBER_HPP
#define WEFT_FIBER_FIBER_HPP

// In one piece: a single class; to make and to join a fiber are paths that must be inline.

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/detail/fiber_body.hpp>
#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/spawn_site.hpp>
#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/fiber_id.hpp>

#include <chrono>
#include <functional>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weft
{

class fiber_pool;
class runtime;

/// What a fiber does at the moment.
enum class fiber_state
{
    ready, ///< made or woken, and waiting for its turn
    running,
    suspended, ///< waits for something
    terminated
};

/// A handle on a stackful user-space thread, with the interface and the rules of `std::thread`. A new fiber runs on the
/// scheduler of the fiber that makes it and stays there.
///
/// An exception that leaves the fiber's function goes to whoever joins. Without a joiner (detached) it is logged and
/// `std::terminate` is called. An `operation_aborted` that leaves a fiber that was cancelled is no failure.
///
/// Exceptions in flight, `errno` and the floating-point modes (rounding, traps) are the fiber's own. It starts with the
/// modes of the thread that drives its scheduler. The floating-point exception flags are the thread's.
///
/// Thread safety: distinct handles, any thread; one handle, one at a time, as for `std::thread`.
class fiber
{
public:
    using id = fiber_id;

    fiber() noexcept = default;

    /// Makes a fiber that runs `function(args...)`, decayed copies, with `launch::post`.
    ///
    /// Blocks: never.
    /// Errors: `operation_not_permitted` outside of a fiber (see `weft::spawn` and `weft::run`), `std::bad_alloc`,
    /// `not_enough_memory` for the stack, `invalid_argument` for a stack that is too small, `operation_aborted` while
    /// the scheduler is torn down; what copying the arguments throws. Nothing is lost then.
    template <class F, class... Args>
        requires(std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...> &&
                 !std::is_same_v<std::remove_cvref_t<F>, fiber>)
    WEFT_SITE_INLINE explicit fiber(F&& function, Args&&... args)
        : fiber(detail::here(), launch::post, detail::default_attributes, std::forward<F>(function),
                std::forward<Args>(args)...)
    {
    }

    template <class F, class... Args>
        requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
    WEFT_SITE_INLINE fiber(launch how, F&& function, Args&&... args)
        : fiber(detail::here(), how, detail::default_attributes, std::forward<F>(function), std::forward<Args>(args)...)
    {
    }

    template <class F, class... Args>
        requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
    WEFT_SITE_INLINE fiber(const attributes& wanted, F&& function, Args&&... args)
        : fiber(detail::here(), launch::post, &wanted, std::forward<F>(function), std::forward<Args>(args)...)
    {
    }

    template <class F, class... Args>
        requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
    WEFT_SITE_INLINE fiber(launch how, const attributes& wanted, F&& function, Args&&... args)
        : fiber(detail::here(), how, &wanted, std::forward<F>(function), std::forward<Args>(args)...)
    {
    }

    fiber(fiber&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}

    /// Calls `std::terminate` if this is joinable.
    fiber& operator=(fiber&& other) noexcept
    {
        terminate_if_joinable();
        record_ = std::exchange(other.record_, nullptr);
        return *this;
    }

    /// Calls `std::terminate` if this is joinable.
    ~fiber()
    {
        terminate_if_joinable();
    }

    void swap(fiber& other) noexcept
    {
        std::swap(record_, other.record_);
    }

    /// Whether this stands for a fiber.
    bool joinable() const noexcept
    {
        return record_ != nullptr;
    }

    /// Waits until the fiber has ended; rethrows what has left its function. A deferred fiber that was never started is
    /// discarded, and `join` returns at once. Afterwards the handle is empty.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: none, as for `std::thread::join`: an exception here would find the handle still joinable. The same
    /// holds for the inherited deadline. `jfiber::join` reacts.
    /// Errors: `invalid_argument` if not joinable, `resource_deadlock_would_occur` when a fiber joins itself; the
    /// handle stays as it was then.
    WEFT_PATH_INLINE void join()
    {
        join_with(detail::time_point::max(), detail::wait_kind::plain);
    }

    /// As `join`; false if the fiber is still there after `timeout`.
    template <class Rep, class Period>
    bool join_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return join_until(detail::deadline_after(timeout));
    }

    bool join_until(std::chrono::steady_clock::time_point limit)
    {
        return join_with(limit, detail::wait_kind::plain);
    }

    /// Lets the fiber go on alone. Errors: `invalid_argument` if not joinable.
    void detach();

    /// Starts a fiber made with `launch::deferred`. Errors: `invalid_argument` if this is not such a one or has been
    /// started; those of the constructor.
    void start();

    /// Asks the fiber to end: each of its interruptible waits, the present one first, ends with `operation_aborted`.
    /// The request stays, and so does the first reason: see `this_fiber::cancel_reason`. Blocks: never. Thread safety:
    /// any thread. Without effect on an ended or empty one.
    void cancel(cancel_reason why = cancel_reasons::requested) noexcept;

    /// The fiber's own stop source: `request_stop` on it is `cancel`, and `cancel` requests its stop.
    /// Errors: `std::bad_alloc`; `invalid_argument` if not joinable; `operation_not_permitted` if it lives on another
    /// scheduler.
    std::stop_source& stop();

    /// Of the fiber; that of no fiber if the handle is empty.
    id get_id() const noexcept
    {
        return record_ != nullptr ? id{record_->id} : id{};
    }

    /// The name of the attributes; empty if there is none.
    std::string_view name() const noexcept;

    /// Exact on the fiber's own scheduler, a moment old elsewhere.
    fiber_state state() const noexcept;

    /// For weft's own layers; null if not joinable.
    detail::fiber_record* record() const noexcept
    {
        return record_;
    }

private:
    friend class fiber_pool;
    friend class jfiber;
    friend class runtime;

    /// Of another scheduler.
    template <class F>
    fiber(const void* site, detail::scheduler_core& where, const attributes* wanted, F&& call)
    {
        adopt(detail::make_record(where, detail::current_core() == &where, site, wanted, std::forward<F>(call)));
        start_elsewhere_or_discard(wanted);
    }
    void start_elsewhere_or_discard(const attributes* wanted);

    /// All public constructors.
    template <class F, class... Args>
    fiber(const void* site, launch how, const attributes* wanted, F&& function, Args&&... args)
    {
        auto& core = creator();
        adopt(detail::make_record(core, true, site, wanted,
                                  detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...)));
        if (wanted != nullptr && wanted->stop.stop_possible()) [[unlikely]]
        {
            obey_or_discard(wanted->stop);
        }
        if (how == launch::post) [[likely]]
        {
            start_or_discard(core);
        }
        else if (how == launch::dispatch)
        {
            dispatch_or_discard(core);
        }
    }

    static detail::scheduler_core& creator()
    {
        const auto core = detail::current_core();
        if (core == nullptr) [[unlikely]]
        {
            throw_no_creator();
        }
        return *core;
    }
    [[noreturn]] static void throw_no_creator();

    // From here on there are two references: the fiber's and the handle's.
    void adopt(detail::fiber_record& record) noexcept
    {
        record.shared_state.store(2 * detail::fiber_record::reference + detail::fiber_record::has_handle,
                                  std::memory_order_relaxed);
        record.deferred = true;
        record_ = &record;
    }

    void start_or_discard(detail::scheduler_core& core)
    {
        try
        {
            core.start_here(*record_);
            record_->deferred = false;
        }
        catch (...)
        {
            discard();
            throw;
        }
    }

    WEFT_PATH_INLINE void dispatch_or_discard(detail::scheduler_core& core)
    {
        try
        {
            core.admit_with_stack(*record_);
            record_->deferred = false;
        }
        catch (...)
        {
            discard();
            throw;
        }
        core.enter_at_once(*record_);
    }

    void obey_or_discard(const std::stop_token& stop);
    void discard() noexcept;

    /// False if the fiber has not ended by the limit. Errors: those of `join`.
    WEFT_PATH_INLINE bool wait_for_end(const detail::wait_limits& limits)
    {
        if (record_->has_ended())
        {
            return true;
        }
        const auto core = detail::current_core();
        const auto outcome = core == record_->only_core ? join_here(*core, limits) : join_elsewhere(limits);
        if (outcome == detail::wait_outcome::notified || record_->has_ended()) [[likely]]
        {
            return true;
        }
        detail::throw_if_failed(outcome);
        return false;
    }

    WEFT_PATH_INLINE bool join_with(std::chrono::steady_clock::time_point limit, detail::wait_kind kind)
    {
        if (record_ == nullptr || record_->deferred) [[unlikely]]
        {
            return discard_deferred();
        }
        if (!wait_for_end({kind, limit}))
        {
            return false;
        }
        const auto record = std::exchange(record_, nullptr);
        if (record->error != nullptr) [[unlikely]]
        {
            rethrow_error(*record);
        }
        record->release();
        return true;
    }

    WEFT_PATH_INLINE detail::wait_outcome join_here(detail::scheduler_core& core, const detail::wait_limits& limits)
    {
        auto& self = *core.current;
        if (&self == record_) [[unlikely]]
        {
            throw_self_join();
        }
        detail::sleeper me(core);
        if (me.is_canceled(limits.kind))
        {
            return detail::wait_outcome::canceled;
        }
        record_->joiner = {&self, self.arm(me.effective(limits.kind))};
        const auto outcome = me.sleep(record_->joiner.ticket, limits);
        record_->joiner = {};
        return outcome;
    }

    detail::wait_outcome join_elsewhere(const detail::wait_limits& limits);
    bool discard_deferred();
    [[noreturn]] static void throw_self_join();
    [[noreturn]] static void rethrow_error(detail::fiber_record& record);
    void terminate_if_joinable() const noexcept
    {
        if (record_ != nullptr) [[unlikely]]
        {
            std::terminate();
        }
    }

    detail::fiber_record* record_ = nullptr;
};

inline void swap(fiber& a, fiber& b) noexcept
{
    a.swap(b);
}

} // namespace weft

#endif
