// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_WORK_STEALING_HPP
#define WEFT_FIBER_WORK_STEALING_HPP

#include <weft/fiber/algorithm.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace weft
{

namespace detail
{
class team_core;
class team_seat;
} // namespace detail

/// Which ready fibers the members of a team may take from each other.
enum class movable
{
    if_migratable, ///< those made with `attributes::migratable`
    before_start   ///< these, and before their first turn all others made by a fiber for its own scheduler
};

/// Schedulers that run each other's fibers: each becomes a member by its algorithm, `work_stealing` or `work_sharing`,
/// and ceases to be one with that. A handle: copies mean the same team.
///
/// Only ready fibers move, never-started ones first; one that waits stays where it is, and so do, whatever their
/// attributes say: fibers in storage of the caller's, members of a `fiber_group` and whoever has made one, a fiber with
/// a stack of its own size before it has started, and one whose wait was ended by its time-out or cancellation, until
/// it waits again. A fiber that has moved belongs to the scheduler that it came to: `counters`, `cancel_all` and the
/// end of the execution context treat it as such. Its stack is given back to the scheduler from which it has it.
///
/// A member that has nothing to do sleeps in its executor. Whoever has more ready fibers than it can run wakes one
/// member at a time; who was woken wakes the next one if there is still something to take.
///
/// Thread safety: any thread.
class work_team
{
public:
    /// At a time.
    static constexpr std::size_t max_members = 256;

    /// Without members. Errors: `std::bad_alloc`.
    explicit work_team(movable which = movable::if_migratable);

    /// Ends all moves but those under way: each fiber stays with the scheduler that has it.
    void close() noexcept;

    /// How many fibers have come from one member to another.
    std::uint64_t moves() const noexcept;

    /// For weft's own layers.
    const std::shared_ptr<detail::team_core>& core() const noexcept
    {
        return core_;
    }

private:
    std::shared_ptr<detail::team_core> core_;
};

/// First come, first served among the scheduler's own fibers, the movable ones in turn with the others; with none, half of
/// what another member has on offer.
///
/// Errors of `scheduler::use_algorithm`: `operation_not_supported` for a scheduler that is not an io_context's own,
/// `no_buffer_space` for too many members, `std::bad_alloc`.
class work_stealing : public algorithm
{
public:
    /// The scheduler becomes a member with `use_algorithm`.
    explicit work_stealing(const work_team& team);
    ~work_stealing() override;

    void awakened(ready_fiber fiber) noexcept override;
    ready_fiber pick_next() noexcept override;
    bool has_ready_fibers() const noexcept override;

protected:
    work_stealing(const work_team& team, bool in_common);

private:
    detail::fiber_mover* mover() noexcept override;

    std::unique_ptr<detail::team_seat> seat_;
};

/// The same with one queue for the movable fibers of all members that share: in the order in which they became ready,
/// wherever they come from, one at a time. Fair for few long fibers; for many short ones the queue is the bottleneck.
class work_sharing : public work_stealing
{
public:
    /// As that of `work_stealing`.
    explicit work_sharing(const work_team& team) : work_stealing(team, true) {}
};

} // namespace weft

#endif
