// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_SCHEDULER_HPP
#define WEFT_FIBER_SCHEDULER_HPP

#include <weft/fiber/clock.hpp>
#include <weft/fiber/detail/scheduler_core.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace weft
{

/// What a scheduler has done and has in hand.
struct scheduler_counters
{
    std::uint64_t switches = 0; ///< jumps from one context to another
    std::uint64_t spawned = 0;  ///< fibers started so far
    std::uint64_t rounds = 0;   ///< visits to the executor in which fibers ran
    std::size_t live = 0;       ///< fibers that have not ended
    std::size_t ready = 0;      ///< of these, waiting for their turn
    std::size_t suspended = 0;  ///< of these, waiting for something else
};

/// A strand of fibers on an executor: its fibers never run at the same time, whatever number of threads drives the
/// executor, so data that only they share needs no lock between two waits.
///
/// This is a handle, as an executor is: copies mean the same scheduler, and destroying the last one leaves its fibers
/// alone. While any of them live, the executor's `run()` does not return. When the execution context is destroyed, the
/// fibers are unwound.
///
/// Thread safety: any thread, except where a member says otherwise.
class scheduler
{
public:
    /// A new scheduler on any executor: a strand, a thread_pool's, an `any_io_executor`.
    explicit scheduler(boost::asio::any_io_executor executor);

    /// The io_context's own scheduler, which `weft::spawn(io_context, …)` uses.
    static scheduler of(boost::asio::io_context& io);

    /// That of the running fiber. Errors: `operation_not_permitted` outside of fibers.
    static scheduler current();

    scheduler(const scheduler& other) noexcept : scheduler(*other.core_) {}
    scheduler& operator=(scheduler other) noexcept
    {
        std::swap(core_, other.core_);
        return *this;
    }
    ~scheduler()
    {
        core_->release();
    }

    boost::asio::any_io_executor get_executor() const
    {
        return core_->get_executor();
    }

    /// Thread safety: inside its fibers, or while nobody drives the executor. Complexity: linear in the ready fibers.
    scheduler_counters counters() const noexcept;

    /// Asks all its fibers to end. Thread safety: as `counters`.
    void cancel_all(cancel_reason why = cancel_reasons::scheduler_canceled) noexcept;

    /// Replaces the clock of sleeps, time-outs and deadlines; null for the steady clock. Thread safety: as `counters`,
    /// and no fiber waits with a limit.
    void use_clock(manual_clock* clock)
    {
        core_->use_clock(clock);
    }

    /// Chooses which of its ready fibers runs next: see `algorithm`. Null, or `round_robin` itself, stands for the order
    /// in which they became ready, which costs nothing more. Fibers that are ready now go over to the new algorithm.
    /// Errors: `std::bad_alloc`; those of `work_stealing` and `work_sharing`. Nothing has changed then. Thread safety:
    /// as `counters`.
    void use_algorithm(std::unique_ptr<algorithm> chosen);

    /// Chooses how its fibers' stacks are supplied: their default size, how many may be in use, how many idle ones keep
    /// their memory. Errors: `device_or_resource_busy` while fibers live, `invalid_argument` for a stack that is too
    /// small. Thread safety: as `counters`.
    void use_stacks(const stack_options& options)
    {
        core_->use_stacks(options);
    }

    /// Chooses how long a fiber, and a round of fibers, may go on: see `slice_options`. Errors: `invalid_argument` for
    /// switches that are not positive and a negative length, `resource_unavailable_try_again` without a thread for the
    /// tick; nothing has changed then. Thread safety: as `counters`.
    void use_slices(const slice_options& options)
    {
        core_->use_slices(options);
    }

    /// Gives the memory of idle stacks back to the system, and the address space where many lie together. Returns how
    /// much address space that was, in bytes. Thread safety: as `counters`.
    std::size_t release_idle_stacks() noexcept
    {
        return core_->release_idle_stacks();
    }

    /// Whether the caller is one of its fibers.
    bool is_current() const noexcept
    {
        return detail::current_core() == core_;
    }

    bool operator==(const scheduler& other) const noexcept
    {
        return core_ == other.core_;
    }

    /// For weft's own layers.
    detail::scheduler_core& core() const noexcept
    {
        return *core_;
    }

    explicit scheduler(detail::scheduler_core& core) noexcept : core_(&core)
    {
        core.add_reference();
    }

private:
    detail::scheduler_core* core_;
};

/// Asks `spawn` for a scheduler of its own for one fiber (and the fibers made by it), as `asio::spawn` does: on an
/// io_context that several threads run, such fibers run in parallel.
struct solo
{
    boost::asio::any_io_executor executor; ///< where the fiber runs

    /// On this executor, or on that of the io_context.
    explicit solo(boost::asio::any_io_executor where) : executor(std::move(where)) {}
    explicit solo(boost::asio::io_context& io) : executor(io.get_executor()) {}
};

} // namespace weft

#endif
