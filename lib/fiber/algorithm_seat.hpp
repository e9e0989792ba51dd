// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_ALGORITHM_SEAT_HPP
#define WEFT_LIB_FIBER_ALGORITHM_SEAT_HPP

#include <weft/fiber/algorithm.hpp>

#include <cstddef>
#include <memory>
#include <unordered_set>

namespace weft::detail
{

class scheduler_core;
class team_core;

/// What a scheduler must know of an algorithm that gives fibers to other schedulers and takes theirs.
class fiber_mover
{
public:
    /// The scheduler that the algorithm works for from here on; called once. Errors: those of its algorithm.
    virtual void work_for(scheduler_core& core) = 0;
    /// Takes back what is on offer: its fibers are this scheduler's alone until they are next awakened.
    virtual void take_back_all() noexcept = 0;
    /// The same, and works for nobody from here on. Nothing is offered and nothing taken any more.
    virtual void retire() noexcept = 0;
    /// Puts on offer what was awakened since the last `pick_next`, for members that look by themselves.
    virtual void show() noexcept = 0;
    /// The same, and calls one that sleeps.
    virtual void offer() noexcept = 0;
    virtual std::weak_ptr<team_core> team() const noexcept = 0;
    /// How many of the scheduler's ready fibers are on offer.
    virtual std::size_t on_offer() const noexcept = 0;

    /// The fiber on whose stack the thread still is when it asks for the next one. Nobody else may have it before it has
    /// been left.
    const fiber_record* leaving = nullptr;

protected:
    ~fiber_mover() = default;
};

/// A scheduler's algorithm, and what the scheduler keeps for it. As long as there is one, the scheduler's `budget` is zero
/// at each switch, which takes the path on which the algorithm is asked; the turns left in the round are counted here.
class algorithm_seat
{
public:
    explicit algorithm_seat(std::unique_ptr<algorithm> chosen) noexcept
        : algorithm_(std::move(chosen)), mover_(algorithm_->mover())
    {
    }

    fiber_mover* mover() const noexcept
    {
        return mover_;
    }

    /// Whether fibers should be offered as soon as they are made.
    bool wants_each_start() const noexcept
    {
        return mover_ != nullptr;
    }

    /// Gives the algorithm what has become ready.
    void hand_over(ready_queue& ready) noexcept;

    fiber_record* pick() noexcept;

    bool has_ready() const noexcept
    {
        return algorithm_->has_ready_fibers();
    }

    /// Fibers that the algorithm has and the scheduler owns.
    std::size_t held() const noexcept
    {
        return held_;
    }
    std::size_t on_offer() const noexcept
    {
        return mover_ != nullptr ? mover_->on_offer() : 0;
    }
    void take_back_all() noexcept
    {
        if (mover_ != nullptr)
        {
            mover_->take_back_all();
        }
    }

    int turns = 0;
    fiber_record* direct = nullptr; ///< is to run next, whatever the algorithm says

private:
    std::unique_ptr<algorithm> algorithm_;
    fiber_mover* const mover_;
    std::size_t held_ = 0;
#if !defined(NDEBUG)
    std::unordered_set<const fiber_record*> given_;
#endif
};

} // namespace weft::detail

#endif
