// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/detail/select_cases.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <numeric>

namespace weft::detail
{

namespace
{

using cases = std::span<select_case* const>;
using places = std::span<std::uint8_t>;

constexpr std::uint32_t initial_chance = 2463534242U;

/// Out of line: the address of a thread-local must not be carried over a switch.
__attribute__((noinline)) std::uint32_t& chance() noexcept
{
    static constinit thread_local std::uint32_t state = initial_chance;
    asm volatile("");
    return state;
}

std::uint32_t draw() noexcept
{
    auto& state = chance();
    state ^= state << 13U;
    state ^= state >> 17U;
    state ^= state << 5U;
    return state;
}

/// Each case is as likely as any other to be asked first, second and so on.
void shuffle(places order) noexcept
{
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    for (auto left = order.size(); left > 1; --left)
    {
        // The upper half of the product: a number below `left`.
        const auto chosen = static_cast<std::size_t>((std::uint64_t{draw()} * left) >> 32U);
        std::swap(order[chosen], order[left - 1]);
    }
}

/// Of the cases that can be taken at once. `can_wait` becomes false if none can ever be.
std::size_t take_one(cases all, places order, bool& can_wait)
{
    std::size_t hopeless = 0;
    for (const auto place : order)
    {
        switch (all[place]->try_take())
        {
        case select_case::attempt::taken:
            return place;
        case select_case::attempt::never:
            ++hopeless;
            break;
        case select_case::attempt::blocked:
            break;
        }
    }
    can_wait = hopeless < all.size();
    return no_case;
}

std::size_t earliest(cases all) noexcept
{
    const auto found = std::min_element(all.begin(), all.end(),
                                        [](const select_case* a, const select_case* b) { return a->due() < b->due(); });
    return static_cast<std::size_t>(found - all.begin());
}

/// The entries of one wait; none is left in a list after it.
class enlistment
{
public:
    enlistment(cases all, places order) noexcept : all_(all), order_(order) {}
    enlistment(const enlistment&) = delete;
    enlistment& operator=(const enlistment&) = delete;

    /// False if one is ready by now.
    bool enlist(waiter& me, wait_ticket ticket) noexcept
    {
        for (const auto place : order_)
        {
            if (!all_[place]->enlist(me, ticket))
            {
                return false;
            }
            ++count_;
        }
        return true;
    }

    /// Which one has ended the wait.
    std::size_t withdraw() noexcept
    {
        auto winner = no_case;
        for (; count_ != 0; --count_)
        {
            const auto place = order_[count_ - 1];
            if (all_[place]->withdraw())
            {
                winner = place;
            }
        }
        return winner;
    }

private:
    const cases all_;
    const places order_;
    std::size_t count_ = 0;
};

struct attempt_result
{
    std::size_t winner;
    wait_outcome outcome;
};

/// One wait. Neither a winner nor an interruption: to be tried again.
attempt_result wait_once(sleeper& me, cases all, places order, const wait_limits& limits)
{
    enlistment entries(all, order);
    const auto ticket = me.self().arm(me.effective(limits.kind));
    auto outcome = wait_outcome::notified;
    if (entries.enlist(me.self(), ticket))
    {
        outcome = me.sleep(ticket, limits);
    }
    else
    {
        me.give_up(ticket);
    }
    return {entries.withdraw(), outcome};
}

attempt_result select_one(cases all, places order, time_point until)
{
    sleeper me;
    me.take_turn();
    wait_limits limits;
    for (;; me.renew())
    {
        if (me.is_canceled(limits.kind))
        {
            return {no_case, wait_outcome::canceled};
        }
        bool can_wait = true;
        if (const auto winner = take_one(all, order, can_wait); winner != no_case)
        {
            return {winner, wait_outcome::notified};
        }
        const auto fallback =
            std::find_if(all.begin(), all.end(), [](const select_case* one) { return one->is_default(); });
        if (fallback != all.end())
        {
            return {static_cast<std::size_t>(fallback - all.begin()), wait_outcome::notified};
        }
        if (!can_wait && until == time_point::max())
        {
            throw boost::system::system_error(make_error_code(boost::system::errc::broken_pipe),
                                              "weft::select: everything that was to be waited for is closed");
        }
        me.require_may_sleep();
        for (const auto one : all)
        {
            one->start();
        }
        const auto timer = earliest(all);
        limits.until = std::min(until, all[timer]->due());
        const auto result = wait_once(me, all, order, limits);
        if (result.winner != no_case)
        {
            return {result.winner, wait_outcome::notified};
        }
        if (result.outcome == wait_outcome::timed_out)
        {
            return {all[timer]->due() <= until ? timer : no_case, wait_outcome::timed_out};
        }
        if (result.outcome != wait_outcome::notified)
        {
            return result;
        }
    }
}

} // namespace

void seed_select(std::uint32_t number) noexcept
{
    // Zero would stay zero.
    chance() = number != initial_chance ? number ^ initial_chance : 1;
}

fiber_record& require_other_fiber(fiber_record* fiber)
{
    if (fiber == nullptr)
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::invalid_argument),
                                          "weft::select: the fiber is not joinable");
    }
    const auto core = current_core();
    if (core != nullptr && core->current == fiber)
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::resource_deadlock_would_occur),
                                          "weft::select: a fiber cannot wait for its own end");
    }
    return *fiber;
}

std::size_t select_among(cases all, places order, std::span<bool> late, time_point until)
{
    shuffle(order);
    const auto finish = [all, late](std::size_t winner) {
        // The result of an operation that could not be stopped any more wins over what brought nothing.
        auto first = no_case;
        for (std::size_t i = 0; i < all.size(); ++i)
        {
            late[i] = i != winner && all[i]->finish();
            first = late[i] && first == no_case ? i : first;
        }
        return first;
    };
    attempt_result result{no_case, wait_outcome::notified};
    try
    {
        result = select_one(all, order, until);
    }
    catch (...)
    {
        const auto first = finish(no_case);
        if (first == no_case)
        {
            throw;
        }
        late[first] = false;
        return first;
    }
    const auto first = finish(result.outcome == wait_outcome::notified ? result.winner : no_case);
    if (first != no_case && result.outcome != wait_outcome::notified)
    {
        late[first] = false;
        return first;
    }
    throw_if_failed(result.outcome);
    return result.winner;
}

} // namespace weft::detail
