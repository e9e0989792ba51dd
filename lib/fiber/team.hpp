// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_TEAM_HPP
#define WEFT_LIB_FIBER_TEAM_HPP

// Ready fibers on offer, and who sleeps. A queue is a list under a lock that is held for a few instructions: its owner
// pays one atomic exchange for each fiber that it takes out, as it would in a deque without locks, whose owner needs a
// full fence there. test/model/team.pml checks the way to sleep and back.

#include <weft/fiber/detail/inbox.hpp>
#include <weft/fiber/detail/queue_lock.hpp>
#include <weft/fiber/detail/ready_queue.hpp>
#include <weft/fiber/work_stealing.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace weft::detail
{

class scheduler_core;

/// Fibers that belong to no scheduler, in the order in which they were offered. Thread safety: any thread.
class offered_fibers
{
public:
    /// Adds all that are in `batch`, in that order. Complexity: linear.
    void push(ready_queue batch) noexcept;

    /// For the owner, the first one.
    fiber_record* pop(bool may_be_fresh) noexcept;

    /// For a thief: up to `most`, and not more than half, rounded up; never-started ones first.
    ready_queue take(std::size_t most, bool may_be_fresh) noexcept;

    /// All, in no order.
    ready_queue take_all() noexcept;

    /// Whoever offers something says so before it asks who sleeps; who falls asleep, the other way round.
    std::size_t size() const noexcept
    {
        return fresh_count_.load(std::memory_order_seq_cst) + begun_count_.load(std::memory_order_seq_cst);
    }

private:
    queue_lock lock_;
    ready_queue fresh_;
    ready_queue begun_;
    // Changed under the lock.
    std::atomic<std::size_t> fresh_count_{0};
    std::atomic<std::size_t> begun_count_{0};
    std::uint64_t pushed_ = 0;
};

/// A member, for the others. The team keeps it when its scheduler has gone; nothing is on offer then.
struct team_member : inbox_node
{
    scheduler_core* core = nullptr; // under the team's mutex; null: has left
    offered_fibers own;
    std::atomic<offered_fibers*> offers{&own}; // any thread
    bool is_asleep = false;                    // under the team's mutex
    bool is_called = false;                    // under the team's mutex
    bool has_come = false;                     // under the team's mutex: by itself, before it has found the call
    team_member* below = nullptr;              // the next of those asleep
    std::shared_ptr<team_core> team;           // while it is called
};

class team_core : public std::enable_shared_from_this<team_core>
{
public:
    explicit team_core(movable which) noexcept : moves_before_start_(which == movable::before_start) {}

    /// Errors: `no_buffer_space`, `std::bad_alloc`.
    team_member& enter(scheduler_core& core, bool in_common);
    /// True if nobody is left who takes what is in the common queue.
    bool leave(team_member& who) noexcept;

    /// For a member that has found nothing: it is called from now on. It must look once more then, because nobody calls it
    /// for what was offered before.
    void fall_asleep(team_member& who) noexcept;
    void wake_up(team_member& who) noexcept;

    /// Calls one member that sleeps, unless there is one on its way already: that one looks at all queues after it has
    /// said that it is no longer on its way, and calls the next if it leaves something.
    void call_one() noexcept;

    bool moves_before_start() const noexcept
    {
        return moves_before_start_;
    }
    bool is_closed() const noexcept
    {
        return closed_.load(std::memory_order_relaxed);
    }
    void close() noexcept
    {
        closed_.store(true, std::memory_order_relaxed);
    }

    /// Members that have ever been, some of which may have left.
    std::size_t size() const noexcept
    {
        return count_.load(std::memory_order_acquire);
    }
    team_member& operator[](std::size_t place) noexcept
    {
        return *members_[place].load(std::memory_order_relaxed);
    }

    offered_fibers& common() noexcept
    {
        return common_;
    }

    std::atomic<std::uint64_t> moves{0};

private:
    static void answer(scheduler_core& core, inbox_node& node);

    const bool moves_before_start_;
    std::atomic<bool> closed_{false};
    std::mutex mutex_;
    std::vector<std::unique_ptr<team_member>> owned_; // under the mutex
    std::array<std::atomic<team_member*>, work_team::max_members> members_{};
    std::atomic<std::size_t> count_{0};
    std::size_t sharing_ = 0;              // under the mutex
    team_member* asleep_ = nullptr;        // under the mutex: the one that fell asleep last is first
    std::atomic<std::size_t> sleepers_{0}; // changed under the mutex
    std::atomic<bool> is_called_{false};   ///< somebody is on its way
    offered_fibers common_;
};

} // namespace weft::detail

#endif
