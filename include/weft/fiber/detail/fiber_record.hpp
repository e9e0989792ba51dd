// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_FIBER_RECORD_HPP
#define WEFT_FIBER_DETAIL_FIBER_RECORD_HPP

#include <weft/context/detail/execution.hpp>
#include <weft/context/stack.hpp>
#include <weft/fiber/attributes.hpp>
#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/detail/counted_pointer.hpp>
#include <weft/fiber/detail/inbox.hpp>
#include <weft/fiber/detail/wait_list.hpp>
#include <weft/fiber/detail/waiter.hpp>

#include <boost/assert.hpp>
#include <boost/intrusive/list_hook.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

namespace weft::detail
{

class scheduler_core;
struct fiber_extras;
struct timer_node;
class algorithm_seat;

struct live_tag;
using live_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<live_tag>,
                                                   boost::intrusive::link_mode<boost::intrusive::normal_link>>;

/// A joiner on the fiber's own scheduler; only rounds of that scheduler touch it.
struct joiner_slot
{
    waiter* who = nullptr;
    wait_ticket ticket = 0;
};

/// Which scheduler a fiber belongs to, as another thread may ask too.
class core_pointer
{
public:
    explicit core_pointer(scheduler_core* core) noexcept : core_(core) {}
    core_pointer& operator=(scheduler_core* core) noexcept
    {
        core_.store(core, std::memory_order_relaxed);
        return *this;
    }
    operator scheduler_core*() const noexcept
    {
        return core_.load(std::memory_order_relaxed);
    }
    scheduler_core* operator->() const noexcept
    {
        return *this;
    }
    scheduler_core& operator*() const noexcept
    {
        return *core_.load(std::memory_order_relaxed);
    }
    /// In one order with everybody else's `come_to` and `present`.
    scheduler_core* present() const noexcept
    {
        return core_.load(std::memory_order_seq_cst);
    }
    void come_to(scheduler_core* core) noexcept
    {
        core_.store(core, std::memory_order_seq_cst);
    }

private:
    std::atomic<scheduler_core*> core_;
};

/// The control record of a fiber. The stack is bound when the fiber first runs, so that a queued one costs this only.
///
/// Unless a member says otherwise it belongs to the rounds of `core`.
class fiber_record : public waiter, public inbox_node, public live_hook
{
public:
    fiber_record(scheduler_core& home, void (*body)(fiber_record&), void (*discard_body)(fiber_record&) noexcept,
                 void (*report_failure)(fiber_record&, std::exception_ptr) noexcept, std::size_t bytes,
                 std::size_t aligned_to) noexcept
        : waiter(true),
          core(&home),
          only_core(&home),
          run_body(body),
          destroy_body(discard_body),
          fail_body(report_failure),
          record_size(static_cast<std::uint32_t>(bytes)),
          alignment(static_cast<std::uint32_t>(aligned_to))
    {
    }

    // Where the stack comes from.
    static constexpr std::uint8_t default_stack = 0;
    static constexpr std::uint8_t stack_of_a_size = 1;
    static constexpr std::uint8_t stack_in_storage = 2; ///< the caller's
    static constexpr std::size_t stack_kinds = 3;

    static constexpr std::uint16_t pinned_for_good = 0x8000;

    // ── touched at each switch ──
    execution context;
    core_pointer core; ///< null while it stands in a queue that several schedulers take from

    /// The same, unless the fiber may come to another one: then no scheduler's address.
    core_pointer only_core;

    /// This fiber was woken while it ran, by itself: there is no delivery to sleep for.
    bool self_woken = false;
    bool cancel_pending = false;
    bool started = false; ///< has a stack
    bool torn_down = false;
    bool deferred = false;
    bool in_group = false; ///< made by a `fiber_group`
    std::uint8_t stack_kind = default_stack;
    bool counts_core = false; ///< keeps its scheduler alive; those of an io_context live as long as that
    bool migratable = false;  ///< asked for; `only_core` says whether it may come true
    bool named_core = false;  ///< whoever made it has chosen its scheduler
    bool lent_stack = false;  ///< away from the scheduler that its stack belongs to, or was
    std::atomic<bool> cancel_requested{false}; // any thread
    std::atomic<bool> cancel_told{false};      // any thread; behind `cancel_why`
    std::uint16_t pins = 0;                    ///< what keeps a migratable one where it is
    int priority = 0;
    std::uint32_t cancel_blocked = 0;
    std::uint32_t refused_waits = 0; ///< during tear-down
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

    // ── start and end ──
    void (*run_body)(fiber_record&);
    void (*destroy_body)(fiber_record&) noexcept;
    /// For a fiber that cannot start: tells whoever waits for its result. Leaves the error in `error` if that is nobody
    /// but the joiner. The body must still be destroyed.
    void (*fail_body)(fiber_record&, std::exception_ptr) noexcept;
    stack memory{};
    std::size_t stack_size = 0;       ///< asked for; 0 is the default
    fiber_storage* storage = nullptr; ///< the caller's memory that this record is in, and the stack
    const std::uint32_t record_size;
    const std::uint32_t alignment;
    joiner_slot joiner;
    timer_node* timer = nullptr; ///< that its wait has in its scheduler's heap
    std::exception_ptr error;
    std::uint64_t id = 0;
    const void* spawned_at = nullptr; ///< in the code that made it
    fiber_extras* extras = nullptr;   ///< what few fibers need; owned. One in storage always has them

    /// Sent once, by whoever asks first for cancellation from outside the round.
    struct cancel_node : inbox_node
    {
        fiber_record* owner;
    };
    cancel_node cancel_request{{}, this};
    cancel_reason cancel_why; ///< of whoever asked first; to be read when `cancel_pending` is set

    /// Those of other schedulers and threads who join; its lock is its own.
    wait_list remote_joiners;

    // ── ownership: any thread ──

    /// Flags below, references above: one for the fiber until it has ended, one for the handle, one for each waker.
    std::atomic<std::uint32_t> shared_state{reference};

    static constexpr std::uint32_t ended = 1;         ///< the body has returned and `error` is final
    static constexpr std::uint32_t remote_joiner = 2; ///< somebody of another scheduler or thread may be waiting
    static constexpr std::uint32_t has_handle = 4;    ///< somebody may still join
    static constexpr std::uint32_t reference = 8;

    static fiber_record& of_cancel_request(inbox_node& node) noexcept
    {
        return *static_cast<cancel_node&>(node).owner;
    }

    /// For those outside of its rounds: null or the scheduler, not older than what the caller has done before.
    scheduler_core* present_core() const noexcept
    {
        return core.present();
    }

    /// What `only_core` is for a fiber that may come to another scheduler.
    static scheduler_core* any_core() noexcept
    {
        return reinterpret_cast<scheduler_core*>(std::uintptr_t{64});
    }

    bool may_move() const noexcept
    {
        return only_core == any_core();
    }

    bool has_ended() const noexcept
    {
        return (shared_state.load(std::memory_order_acquire) & ended) != 0;
    }

    void add_reference() noexcept
    {
        shared_state.fetch_add(reference, std::memory_order_relaxed);
    }

    void release() noexcept
    {
        // The last owner needs no atomic read-modify-write: nobody is left to race with.
        if (shared_state.load(std::memory_order_acquire) < 2 * reference ||
            shared_state.fetch_sub(reference, std::memory_order_acq_rel) < 2 * reference)
        {
            dispose();
        }
    }

    /// Gives up the handle. An error that nobody will ever join for is reported and terminates the program.
    void release_handle() noexcept;

protected:
    ~fiber_record() = default;

private:
    void dispose() noexcept;
    void dispose_of_extras() noexcept;
};

/// Counted pointer to a record.
class record_pointer : public counted_pointer<fiber_record, plain_counting>
{
public:
    record_pointer() = default;
    /// Adds a reference.
    explicit record_pointer(fiber_record& record) noexcept : counted_pointer(record)
    {
        record.add_reference();
    }
};

} // namespace weft::detail

#endif
