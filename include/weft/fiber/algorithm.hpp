// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_ALGORITHM_HPP
#define WEFT_FIBER_ALGORITHM_HPP

#include <weft/fiber/detail/fiber_record.hpp>
#include <weft/fiber/detail/ready_queue.hpp>
#include <weft/fiber/fiber_id.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace weft
{

namespace detail
{
class fiber_mover;
}

/// A fiber that is ready to run, for scheduling algorithms: a pointer, null if default-constructed. Valid from
/// `algorithm::awakened` until `algorithm::pick_next` has returned it.
class ready_fiber
{
public:
    ready_fiber() noexcept = default;

    explicit operator bool() const noexcept
    {
        return record_ != nullptr;
    }
    bool operator==(const ready_fiber&) const noexcept = default;

    /// As `fiber::get_id`.
    fiber_id get_id() const noexcept
    {
        return fiber_id(record_->id);
    }

    /// The name of the attributes; empty if there is none.
    std::string_view name() const noexcept;

    /// Of the attributes, or what `this_fiber::set_priority` has made of it.
    int priority() const noexcept
    {
        return record_->priority;
    }

    /// What bounds its waits at present: the nearest `weft::deadline`; the latest time there is if nothing does.
    std::chrono::steady_clock::time_point deadline() const noexcept
    {
        return record_->deadline;
    }

    /// Whether it has run before.
    bool has_started() const noexcept
    {
        return record_->started;
    }

    /// For weft's own layers.
    explicit ready_fiber(detail::fiber_record* record) noexcept : record_(record) {}
    /// For weft's own layers.
    detail::fiber_record* record() const noexcept
    {
        return record_;
    }

private:
    detail::fiber_record* record_ = nullptr;
};

/// Decides which of a scheduler's ready fibers runs next: a base class, for `scheduler::use_algorithm`.
///
/// Each fiber that becomes ready, by its start, a wake-up or a yield, is given to `awakened` once, and must come out of
/// `pick_next` once. In builds with assertions, a fiber that was returned twice, or is missing when `pick_next` has none
/// to return, ends the program with a message that names it.
///
/// All members are called between two fibers, by one thread at a time. They must not wait, nor make or wake fibers.
/// Without an algorithm the next fiber is found in a few instructions; each of these calls is a virtual one.
class algorithm
{
public:
    algorithm() = default;
    algorithm(const algorithm&) = delete;
    algorithm& operator=(const algorithm&) = delete;
    virtual ~algorithm() = default;

    /// The fiber has become ready. Several that did so since the last call come in that order.
    virtual void awakened(ready_fiber fiber) noexcept = 0;

    /// Takes out the fiber that is to run now. Null only if there is none.
    virtual ready_fiber pick_next() noexcept = 0;

    /// Whether `pick_next` would return one.
    virtual bool has_ready_fibers() const noexcept = 0;

private:
    friend class detail::algorithm_seat;
    virtual detail::fiber_mover* mover() noexcept
    {
        return nullptr;
    }
};

/// First come, first served. What every scheduler does by default, and faster; a base for algorithms that do so mostly.
class round_robin : public algorithm
{
public:
    void awakened(ready_fiber fiber) noexcept override
    {
        ready_.push_back(*fiber.record());
    }
    ready_fiber pick_next() noexcept override
    {
        return ready_fiber(ready_.pop_front());
    }
    bool has_ready_fibers() const noexcept override
    {
        return !ready_.empty();
    }

private:
    detail::ready_queue ready_;
};

namespace detail
{

/// Ready fibers by a number, the smallest first; among equal ones first come, first served. Complexity: logarithmic.
class ranked_fibers
{
public:
    void push(fiber_record& fiber, std::int64_t rank) noexcept;
    fiber_record* pop() noexcept;
    bool empty() const noexcept
    {
        return entries_.empty() && unranked_.empty();
    }

private:
    struct entry
    {
        std::int64_t rank;
        std::uint64_t sequence;
        fiber_record* fiber;

        /// For heaps of the standard library, whose first element is the greatest.
        bool operator<(const entry& other) const noexcept
        {
            return rank > other.rank || (rank == other.rank && sequence > other.sequence);
        }
    };

    std::vector<entry> entries_;
    ready_queue unranked_; // those for which there was no memory: they go first
    std::uint64_t pushed_ = 0;
};

} // namespace detail

/// Higher priorities first, those of the same priority in turn. With ageing: a fiber of a priority lower by *d* is passed
/// over by others that became ready after it until `ageing` times *d* fibers have run, and no longer, so that nobody
/// starves.
class priority : public algorithm
{
public:
    /// `ageing` is how many fibers' turns are worth one step of priority: 1 to 1,000,000.
    explicit priority(std::uint32_t ageing = 16) noexcept : ageing_(std::clamp<std::int64_t>(ageing, 1, 1'000'000)) {}

    void awakened(ready_fiber fiber) noexcept override;
    ready_fiber pick_next() noexcept override;
    bool has_ready_fibers() const noexcept override
    {
        return !ready_.empty();
    }

private:
    detail::ranked_fibers ready_;
    const std::int64_t ageing_;
    std::int64_t turns_ = 0;
};

/// The fiber whose `weft::deadline` comes first; those without one after all others, in turn. The deadline counts that
/// the fiber has when it becomes ready.
class earliest_deadline : public algorithm
{
public:
    void awakened(ready_fiber fiber) noexcept override;
    ready_fiber pick_next() noexcept override;
    bool has_ready_fibers() const noexcept override
    {
        return !ready_.empty();
    }

private:
    detail::ranked_fibers ready_;
};

} // namespace weft

#endif
