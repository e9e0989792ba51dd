// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/work_stealing.hpp>

#include "algorithm_seat.hpp"
#include "team.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <utility>

namespace weft
{

namespace detail
{

namespace
{

// So much is worth a visit to another member's queue, and not so much that somebody else would have to come for it.
constexpr std::size_t most_at_once = 32;

/// Whether the wait that has just ended, if there was one, ended because of what was waited for. After any other end the
/// fiber must first take its wait back, which concerns what is bound to its present scheduler: an operation of Asio.
bool has_got_what_it_waited_for(const fiber_record& fiber) noexcept
{
    switch (fiber.reason())
    {
    case wake_reason::timed_out:
    case wake_reason::canceled:
    case wake_reason::abandoned:
    case wake_reason::torn_down:
        return false;
    default:
        return true;
    }
}

} // namespace

/// One scheduler's side of its membership. Belongs to the scheduler's rounds.
class team_seat final : public fiber_mover
{
public:
    team_seat(std::shared_ptr<team_core> team, bool in_common) noexcept : team_(std::move(team)), in_common_(in_common)
    {
    }

    void work_for(scheduler_core& core) override
    {
        if (!core.belongs_to_context())
        {
            throw boost::system::system_error(
                make_error_code(boost::system::errc::operation_not_supported),
                "weft: only an io_context's own scheduler can be a member of a work_team");
        }
        me_ = &team_->enter(core, in_common_);
        offers_ = me_->offers.load(std::memory_order_relaxed);
        core_ = &core;
        // It may have nothing to do for as long as nobody calls it.
        team_->fall_asleep(*me_);
        is_listed_ = true;
        for (std::size_t i = 0; i < team_->size(); ++i)
        {
            if (offers_of(i).size() != 0)
            {
                team_->call_one();
                break;
            }
        }
        random_ = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(me_) >> 6) | 1;
    }

    void take_back_all() noexcept override
    {
        keep_held_back();
        if (!in_common_ || team_->is_closed())
        {
            take_in_all(*offers_);
        }
    }

    void retire() noexcept override
    {
        has_retired_ = true;
        keep_held_back();
        if (team_->leave(*me_) || !in_common_)
        {
            take_in_all(*offers_);
        }
    }

    void show() noexcept override
    {
        push_staged();
    }

    void offer() noexcept override
    {
        if (held_back_ != nullptr)
        {
            stage(*std::exchange(held_back_, nullptr));
        }
        push_staged();
        if (offers_->size() != 0)
        {
            // The scheduler goes on with the fiber that runs.
            team_->call_one();
        }
    }

    std::weak_ptr<team_core> team() const noexcept override
    {
        return team_;
    }

    std::size_t on_offer() const noexcept override
    {
        return in_common_ ? 0 : offers_->size();
    }

    void awakened(fiber_record& fiber) noexcept
    {
        if (!may_go(fiber))
        {
            staying_.push_back(fiber);
            return;
        }
        if (&fiber == leaving)
        {
            if (held_back_ != nullptr)
            {
                stage(*held_back_); // it has been left by now
            }
            held_back_ = &fiber;
            return;
        }
        stage(fiber);
    }

    fiber_record* pick() noexcept
    {
        if (has_retired_)
        {
            return staying_.pop_front();
        }
        if (is_listed_)
        {
            team_->wake_up(*me_);
            is_listed_ = false;
        }
        if (held_back_ != nullptr && held_back_ != leaving)
        {
            stage(*std::exchange(held_back_, nullptr));
        }
        push_staged();
        bool left_some = false;
        auto next = pick_here();
        if (next == nullptr)
        {
            next = std::exchange(held_back_, nullptr);
        }
        if (next == nullptr)
        {
            next = hunt(left_some);
        }
        if (next == nullptr && offers_->size() != 0)
        {
            next = take_in(offers_->pop(true)); // which ends by the lack of a stack
        }
        if (next == nullptr && !team_->is_closed())
        {
            team_->fall_asleep(*me_);
            is_listed_ = true;
            next = hunt(left_some);
            if (next != nullptr)
            {
                team_->wake_up(*me_);
                is_listed_ = false;
            }
        }
        if (next != nullptr && (left_some || offers_->size() != 0))
        {
            team_->call_one();
        }
        return next;
    }

    bool has_ready() const noexcept
    {
        return !staying_.empty() || held_back_ != nullptr || (!has_retired_ && offers_->size() != 0);
    }

private:
    bool may_go(const fiber_record& fiber) const noexcept
    {
        if (has_retired_ || team_->is_closed() || fiber.storage != nullptr || fiber.in_group || fiber.pins != 0)
        {
            return false;
        }
        if (fiber.started)
        {
            return fiber.migratable && has_got_what_it_waited_for(fiber);
        }
        return fiber.stack_kind == fiber_record::default_stack &&
               (fiber.migratable || (team_->moves_before_start() && !fiber.named_core && fiber.joiner.who == nullptr));
    }

    void stage(fiber_record& fiber) noexcept
    {
        core_->let_go(fiber);
        staged_.push_back(fiber);
    }

    void keep_held_back() noexcept
    {
        if (held_back_ != nullptr)
        {
            staying_.push_back(*std::exchange(held_back_, nullptr));
        }
    }

    void push_staged() noexcept
    {
        if (!staged_.empty())
        {
            offers_->push(std::exchange(staged_, ready_queue()));
        }
    }

    fiber_record* take_in(fiber_record* fiber) noexcept
    {
        if (fiber != nullptr)
        {
            core_->take_in(*fiber);
        }
        return fiber;
    }

    void take_in_all(offered_fibers& queue) noexcept
    {
        auto all = queue.take_all();
        while (const auto one = all.pop_front())
        {
            core_->take_in(*one);
            staying_.push_back(*one);
        }
    }

    fiber_record* pick_here() noexcept
    {
        const auto has_offers = offers_->size() != 0;
        if (has_offers && (offered_is_next_ || staying_.empty()))
        {
            offered_is_next_ = false;
            if (const auto next = take_in(offers_->pop(core_->has_stack_for_one_more())))
            {
                return next;
            }
        }
        offered_is_next_ = true;
        return staying_.pop_front();
    }

    offered_fibers& offers_of(std::size_t place) const noexcept
    {
        return *(*team_)[place].offers.load(std::memory_order_relaxed);
    }

    /// Looks at all others, beginning with any. What is too much for now is on offer here then.
    fiber_record* hunt(bool& left_some) noexcept
    {
        if (team_->is_closed())
        {
            return nullptr;
        }
        const auto count = team_->size();
        const auto first = chance() % count;
        for (std::size_t i = 0; i < count; ++i)
        {
            auto& victim = offers_of((first + i) % count);
            if (&victim != offers_ && victim.size() != 0)
            {
                if (const auto next = steal_from(victim))
                {
                    left_some = victim.size() != 0;
                    return next;
                }
            }
        }
        return nullptr;
    }

    fiber_record* steal_from(offered_fibers& victim) noexcept
    {
        auto taken = victim.take(most_at_once, core_->has_stack_for_one_more());
        const auto next = taken.pop_front();
        if (next == nullptr)
        {
            return nullptr;
        }
        team_->moves.fetch_add(1 + taken.size(), std::memory_order_relaxed);
        if (!taken.empty())
        {
            offers_->push(taken);
        }
        return take_in(next);
    }

    std::size_t chance() noexcept
    {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 17;
        random_ ^= random_ << 5;
        return random_;
    }

    const std::shared_ptr<team_core> team_;
    const bool in_common_;
    scheduler_core* core_ = nullptr;
    team_member* me_ = nullptr;
    offered_fibers* offers_ = nullptr;
    ready_queue staying_;
    ready_queue staged_;                // not yet on offer, but no scheduler's any more
    fiber_record* held_back_ = nullptr; ///< ready, and still being left
    bool offered_is_next_ = true;
    bool is_listed_ = false; ///< among those asleep, or was when it last looked
    bool has_retired_ = false;
    std::uint32_t random_ = 1;
};

} // namespace detail

work_team::work_team(movable which) : core_(std::make_shared<detail::team_core>(which)) {}

void work_team::close() noexcept
{
    core_->close();
}

std::uint64_t work_team::moves() const noexcept
{
    return core_->moves.load(std::memory_order_relaxed);
}

work_stealing::work_stealing(const work_team& team) : work_stealing(team, false) {}

work_stealing::work_stealing(const work_team& team, bool in_common)
    : seat_(std::make_unique<detail::team_seat>(team.core(), in_common))
{
}

work_stealing::~work_stealing() = default;

void work_stealing::awakened(ready_fiber fiber) noexcept
{
    seat_->awakened(*fiber.record());
}

ready_fiber work_stealing::pick_next() noexcept
{
    return ready_fiber(seat_->pick());
}

bool work_stealing::has_ready_fibers() const noexcept
{
    return seat_->has_ready();
}

detail::fiber_mover* work_stealing::mover() noexcept
{
    return seat_.get();
}

} // namespace weft
