// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_SCHEDULER_CORE_HPP
#define WEFT_FIBER_DETAIL_SCHEDULER_CORE_HPP

// In one piece: a single class, whose suspend path must be inline; all else of it is in lib already.

#include <weft/context/detail/execution.hpp>
#include <weft/context/detail/floating_control.hpp>
#include <weft/context/slab_stacks.hpp>
#include <weft/fiber/clock.hpp>
#include <weft/fiber/detail/asio_tag.hpp>
#include <weft/fiber/detail/current_core.hpp>
#include <weft/fiber/detail/fiber_record.hpp>
#include <weft/fiber/detail/inbox.hpp>
#include <weft/fiber/detail/ready_queue.hpp>
#include <weft/fiber/detail/record_pool.hpp>
#include <weft/fiber/detail/timer_heap.hpp>
#include <weft/fiber/slice_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

namespace weft
{
class algorithm;
}

namespace weft::detail
{

class round_listener;
class scheduler_core;
class scheduler_driver;
class algorithm_seat;
class scheduler_service;
class slice_ticker;
struct end_ticker
{
    void operator()(slice_ticker* which) const noexcept;
};
class stack_pool;
class team_core;
struct lent_stack;
struct thread_stack_visit;

/// What a scheduler has done, for `scheduler::counters()`.
struct core_counters
{
    std::uint64_t switches = 0;
    std::uint64_t spawned = 0;
    std::uint64_t rounds = 0;
    std::size_t live = 0;
    std::size_t ready = 0; ///< filled in on demand
};

struct round_progress
{
    std::uint32_t beat = 0;
    int switches_left = 0;
    int calls_left = 0;

    bool is_in_round() const noexcept
    {
        return beat % 2 != 0;
    }
    bool operator==(const round_progress&) const = default;
};

/// Takes from a budget, and says whether too little was left. A tick empties budgets from its own thread; one that comes
/// between the two accesses is lost, and comes again.
WEFT_PATH_INLINE inline bool use_up(std::atomic<int>& budget, int units) noexcept
{
    const int left = budget.load(std::memory_order_relaxed) - units;
    budget.store(left, std::memory_order_relaxed);
    return left < 0;
}

/// A strand of fibers on an executor.
///
/// At most one round runs at any time. Whoever turns the inbox from idle to owned owns the next round: it posts the pump,
/// or, in a completion handler on the right executor, runs the round at once.
///
/// Members without a remark belong to the owner of the round, and so to every fiber that runs.
class scheduler_core
{
public:
    explicit scheduler_core(boost::asio::any_io_executor executor);
    ~scheduler_core();
    scheduler_core(const scheduler_core&) = delete;
    scheduler_core& operator=(const scheduler_core&) = delete;

    // ── the suspend path, inline down to the jump ──

    fiber_record* current = nullptr;
    ready_queue ready;
    std::atomic<int> budget{0};      ///< switches that the round may still make
    std::atomic<int> call_budget{0}; ///< calls that need not wait and that the round may still see
    bool closing = false;
    thread_anchors anchors;
    execution root;
    core_counters counters;

    /// Told of the rounds; null for nobody. To be set while nobody drives the executor.
    round_listener* listener = nullptr;

    /// Of the call budget: what touches memory only, and what calls the system.
    static constexpr int cost_of_call = 1;
    static constexpr int cost_of_system_call = 16;

    /// Leaves the running fiber for the next ready one, or for the handler that the round runs in. Returns when `self`
    /// is switched to again; the caller has made sure that it will be.
    WEFT_PATH_INLINE void leave(fiber_record& self)
    {
        fiber_record* next = ready.pop_front();
        if (next == nullptr || use_up(budget, 1) || !next->started) [[unlikely]]
        {
            next = prepare_next(next);
        }
        current = next;
        if (next == &self)
        {
            return;
        }
        ++counters.switches;
        switch_execution(self.context, next != nullptr ? next->context : root, anchors);
    }

    /// Sleeps until somebody who has claimed the wait delivers.
    WEFT_PATH_INLINE wake_reason park(fiber_record& self)
    {
        if (self.self_woken) [[unlikely]]
        {
            self.self_woken = false;
        }
        else
        {
            leave(self);
        }
        return self.reason();
    }

    /// As `park`, but gives up at `limit` unless that is `time_point::max()`.
    WEFT_PATH_INLINE wake_reason park_until(fiber_record& self, wait_ticket ticket, time_point limit)
    {
        if (limit == time_point::max())
        {
            return park(self);
        }
        timer_node timer{self, ticket};
        if (!start_timer(timer, limit))
        {
            return self.reason();
        }
        const auto reason = park(self);
        if (timer.position != timer_node::not_queued)
        {
            self.core->stop_timer(timer);
        }
        return reason;
    }

    /// In the round: a woken fiber goes to the end of the queue; one that woke itself only learns of it.
    void deliver_here(fiber_record& fiber) noexcept
    {
        if (current == &fiber)
        {
            fiber.self_woken = true;
        }
        else
        {
            ready.push_back(fiber);
        }
    }

    /// The same for one that may move: others who have nothing to do find it at once.
    void deliver_movable(fiber_record& fiber) noexcept;

    /// For yield, when no fiber is ready: looks for woken ones, and whether the round has lasted long enough. False when
    /// the caller should go on at once.
    bool worth_yielding() noexcept;

    /// For calls that could wait, before they do or do not: gives way if the running fiber's slice is over, so that one
    /// whose calls need not wait does not keep everybody else out.
    WEFT_PATH_INLINE void take_turn(int cost)
    {
        if (use_up(call_budget, cost)) [[unlikely]]
        {
            give_way();
        }
    }

    /// Ends the round, and goes behind the other ready fibers if the running one has had it to itself or a tick has come.
    void give_way() noexcept;

    // ── from anywhere ──

    /// The round has lasted long enough. Thread safety: any thread.
    void end_slice() noexcept
    {
        budget.store(0, std::memory_order_relaxed);
        call_budget.store(ticked, std::memory_order_relaxed);
    }

    /// Odd while a round runs, and another number for each round. Thread safety: any thread.
    std::uint32_t beat() const noexcept
    {
        return beat_.load(std::memory_order_acquire);
    }

    /// What changes when a fiber makes a call of weft that could wait, or the round ends. Thread safety: any thread.
    round_progress progress() const noexcept
    {
        return {beat(), budget.load(std::memory_order_relaxed), call_budget.load(std::memory_order_relaxed)};
    }

    /// While somebody watches, the number that the kernel has for the thread of each round is noted; zero where there is
    /// none. Thread safety: any thread.
    std::atomic<int> watchers{0};
    int thread_of_round() const noexcept
    {
        return thread_of_round_.load(std::memory_order_relaxed);
    }

    /// Has another member of its team, if it is in one, look at what is on offer. Thread safety: any thread.
    void call_others() noexcept;

    /// Has the node run inside a round. Thread safety: any thread. Blocks: never.
    void post(inbox_node& node) noexcept;

    /// For completion handlers that run on this scheduler's executor, as their last act: the woken fiber may run inside.
    /// The caller has claimed the wait.
    void resume_from_handler(fiber_record& fiber) noexcept;

    /// Makes the record ready to start. Errors: `std::bad_alloc` or `system_error` when there is no memory for a stack,
    /// `operation_aborted` during tear-down; nothing has happened then. Called from outside of the round, the stack is
    /// looked for later and its lack ends the fiber with that error. Thread safety: any thread.
    void start(fiber_record& record);

    /// As `start`, for the running fiber's own scheduler.
    void start_here(fiber_record& record)
    {
        if (unstarted_[fiber_record::default_stack] >= free_stacks_ || record.stack_size != 0 || closing) [[unlikely]]
        {
            make_room(record);
        }
        admit(record);
        ready.push_back(record);
    }

    /// For `enter_at_once`: everything that can fail. Errors: as for `start`.
    void admit_with_stack(fiber_record& record);

    /// Runs an admitted fiber now; the running one continues at the front of the ready queue. Only inside the round.
    WEFT_PATH_INLINE void enter_at_once(fiber_record& record)
    {
        auto& parent = *current;
        ready.push_front(parent);
        ready.push_front(record);
        leave(parent);
    }

    /// Has `root`, on whose stack the round stands, make a call for the running fiber. Only inside the round.
    void leave_for_visit(thread_stack_visit& visit) noexcept;

    void add_reference() noexcept
    {
        references_.fetch_add(1, std::memory_order_relaxed);
    }
    void release() noexcept;

    boost::asio::any_io_executor get_executor() const;

    // ── in the round ──

    /// Full budgets, for a round that begins, or one that begins again.
    void begin_slice() noexcept;
    void note_begin_of_round() noexcept;
    void note_end_of_round() noexcept
    {
        beat_.store(beat_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    /// Errors: `invalid_argument`; `system_error` if there is no thread for the tick.
    void use_slices(const slice_options& options);

    /// Errors: `device_or_resource_busy` while fibers live; those of `slab_stacks`.
    void use_stacks(const stack_options& options);
    std::size_t release_idle_stacks() noexcept;
    bool is_default_stack_size(std::size_t size) const noexcept;

    // ── who runs next, if not first come, first served ──

    /// Null for first come, first served. Errors: what the algorithm's own preparations throw; nothing has changed then.
    void use_algorithm(std::unique_ptr<algorithm> chosen);
    std::size_t ready_count() const noexcept;
    std::size_t live_count() const noexcept;
    /// What `budget` is for a round of so many switches.
    int turns_at_switches(int switches) noexcept;

    /// A ready fiber belongs to no scheduler from here on, until one `takes_in` it.
    void let_go(fiber_record& fiber) noexcept;
    void take_in(fiber_record& fiber) noexcept;
    /// Whether a fiber that has not started would find a stack.
    bool has_stack_for_one_more() noexcept;

    time_point now() const noexcept;
    void use_clock(manual_clock* clock);
    void fire_timers() noexcept;

    /// Queues the timer and returns true. False if `limit` is over already: the wait has ended then.
    bool start_timer(timer_node& timer, time_point limit) noexcept;
    void stop_timer(timer_node& timer) noexcept;

    timer_heap timers;

    record_pool records;

    /// Asks every fiber to end.
    void cancel_all(cancel_reason why) noexcept;
    void apply_cancel(fiber_record& fiber) noexcept;

    /// A handler of the executor: runs one round.
    void run_posted_round() noexcept;
    void run_timer_tick() noexcept;

    /// The clock may have moved. Thread safety: any thread.
    void notice_time() noexcept;
    /// What a manual clock would have to jump to for this scheduler. Thread safety: any thread.
    time_point awaited_time() const noexcept
    {
        return time_point(time_point::duration(awaited_time_.load(std::memory_order_acquire)));
    }
    void forget_clock() noexcept
    {
        clock_ = nullptr;
    }

    // ── when the execution context goes away; no other thread is left ──

    /// No handler will run again. Unwinds all fibers on the calling thread. Returns false while some of them wait for an
    /// operation whose handler has not been destroyed yet, unless this is the `last_chance`.
    bool tear_down(bool last_chance) noexcept;

    bool belongs_to_context() const noexcept
    {
        return belongs_to_context_;
    }
    void set_belongs_to_context() noexcept
    {
        belongs_to_context_ = true;
    }
    void forget_service() noexcept
    {
        service_ = nullptr;
    }

    template <class F>
    void for_each_live(F&& f)
    {
        for (auto& fiber : live_)
        {
            f(fiber);
        }
    }

private:
    enum class idle_outcome
    {
        idle,
        found_work,
        ask_again
    };
    /// A stack whose fiber has ended. Below its end waits the loop that runs fibers, suspended in `point`; whoever binds
    /// the stack continues it.
    struct ended_stack
    {
        stack memory;
        execution* point = nullptr;
        lent_stack* lent = nullptr; ///< of another scheduler
    };

    static constexpr int ticked = std::numeric_limits<int>::min() / 2;

    std::size_t drain_inbox() noexcept;
    void run_round() noexcept;
    bool enter_fibers() noexcept;
    void serve_visit() noexcept;
    idle_outcome before_idle() noexcept;
    /// Says how many references of its own the scheduler has to give back when the round is over.
    int update_hold() noexcept;

    fiber_record* prepare_next(fiber_record* next) noexcept;
    fiber_record* prepare_picked(fiber_record* next) noexcept;
    fiber_record* pick() noexcept;
    bool has_ready() const noexcept;
    bool is_round_over() const noexcept;
    void bind_stack(fiber_record& fiber);
    bool bind_stack_or_end(fiber_record& fiber) noexcept;
    void mark_started(fiber_record& fiber) noexcept;
    static void fiber_main(execution& previous);
    void bind_storage(fiber_record& fiber);
    static void storage_main(execution& previous);
    void end_in_storage() noexcept;
    void run_body(fiber_record& self) noexcept;
    void end(fiber_record& self) noexcept;
    void reap() noexcept;
    static void bring_home(lent_stack& what) noexcept;
    void make_room(const fiber_record& record);
    void admit(fiber_record& record) noexcept
    {
        live_.push_back(record);
        ++counters.live;
        ++counters.spawned;
        ++unstarted_[record.stack_kind];
    }
    bool arm_asio_timer() noexcept;

    void run_until_quiet() noexcept;
    bool any_in_operation() noexcept;
    bool force_one() noexcept;

    inbox inbox_;                              // any thread
    std::atomic<std::uint32_t> references_{1}; // any thread
    inbox_node timer_tick_;
    std::atomic<bool> timer_tick_posted_{false}; // any thread
    std::atomic<std::uint32_t> inline_rounds_{
        0}; ///< completions that may run their round at once before the next sample
    std::uint32_t sample_interval_ = 1;
    boost::intrusive::list<fiber_record, boost::intrusive::base_hook<live_hook>,
                           boost::intrusive::constant_time_size<false>>
        live_;
    std::unique_ptr<scheduler_driver> driver_;
    std::unique_ptr<stack_pool> stacks_;
    scheduler_service* service_ = nullptr;
    std::size_t unstarted_[fiber_record::stack_kinds] = {}; ///< admitted fibers that have no stack yet, by kind
    std::size_t free_stacks_ = 0;                           ///< of the default size, that the pool has promised
    std::size_t colour_ = 0;
    slice_options slices_;
    std::unique_ptr<slice_ticker, end_ticker> ticker_; ///< null: slices have no length
    std::uint64_t switches_before_ = 0;                ///< the present slice
    std::atomic<int> thread_of_round_{0};              // any thread may read
    std::atomic<std::uint32_t> beat_{0};               // any thread may read
    floating_control modes_;                           ///< of the thread that runs the round: what a fiber starts with
    ended_stack ended_;                    ///< of the fiber that ended last: not the pool's before it has been left
    fiber_record* left_storage_ = nullptr; ///< has left its stack for `root` for the last time, which ends it
    thread_stack_visit* visit_ = nullptr;  ///< what `root` is switched to for, if not for the end of the round
    manual_clock* clock_ = nullptr;
    std::atomic<time_point::rep> awaited_time_{time_point::max().time_since_epoch().count()}; // any thread
    std::unique_ptr<algorithm_seat> seat_; ///< null: first come, first served
    queue_lock team_lock_;
    std::weak_ptr<team_core> team_; // under the lock, for other threads
    int idle_checks_ = 0;           ///< pumps that found nothing to do, before a manual clock jumps
    time_point armed_for_ = time_point::max();
    bool belongs_to_context_ = false;
    bool holding_ = false; ///< keeps the executor's run() from returning, and this alive, while fibers live
};

/// Wakes the fiber or thread whose wait the caller has claimed. Thread safety: any thread. Blocks: never.
void deliver_elsewhere(waiter& who) noexcept;

inline void deliver(waiter& who) noexcept
{
    if (who.is_fiber())
    {
        auto& fiber = static_cast<fiber_record&>(who);
        const auto core = current_core();
        if (core == fiber.only_core)
        {
            core->deliver_here(fiber);
            return;
        }
    }
    deliver_elsewhere(who);
}

inline bool wake(waiter& who, wait_ticket ticket, wake_reason reason) noexcept
{
    const auto won = who.claim(ticket, reason);
    if (won)
    {
        deliver(who);
    }
    return won;
}

} // namespace weft::detail

#endif
