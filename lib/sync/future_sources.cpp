// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/sync/detail/future_sources.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <mutex>

namespace weft::detail
{

void future_sources::add(future_state& one)
{
    if (more_.empty() && count_ < few_.size())
    {
        few_[count_].state = &one;
        ++count_;
        return;
    }
    if (more_.empty())
    {
        more_.reserve(4 * few_.size());
        for (const auto& former : few_)
        {
            more_.push_back({former.state, std::nullopt});
        }
    }
    more_.push_back({&one, std::nullopt});
}

std::optional<std::size_t> future_sources::find_ready(std::span<source> among) noexcept
{
    const auto found =
        std::find_if(among.begin(), among.end(), [](const source& one) { return one.state->is_ready(); });
    return found != among.end() ? std::optional(static_cast<std::size_t>(found - among.begin())) : std::nullopt;
}

std::optional<std::size_t> future_sources::wait_for_one(std::span<source> among, time_point until)
{
    if (const auto ready = find_ready(among))
    {
        return ready;
    }
    if (until == time_point::max())
    {
        const auto deferred =
            std::find_if(among.begin(), among.end(), [](const source& one) { return one.state->is_deferred(); });
        if (deferred != among.end())
        {
            throw_if_failed(deferred->state->wait({}));
            return deferred - among.begin();
        }
    }
    const wait_limits limits{wait_kind::interruptible, until};
    sleeper me;
    me.require_may_sleep();
    if (me.is_canceled(limits.kind))
    {
        throw_if_failed(wait_outcome::canceled);
    }
    // One wait in several lists: the first result that claims it wins, the others find another ticket.
    const auto ticket = me.self().arm(me.effective(limits.kind));
    std::size_t listed = 0;
    bool is_ready = false;
    for (; listed < among.size() && !is_ready; ++listed)
    {
        auto& one = among[listed];
        auto& list = one.state->waiters();
        one.entry.emplace(me.self());
        const std::lock_guard guard(list.lock());
        is_ready = one.state->is_ready();
        if (!is_ready)
        {
            list.push_back(*one.entry, ticket);
        }
    }
    auto outcome = wait_outcome::notified;
    if (is_ready)
    {
        me.give_up(ticket);
    }
    else
    {
        outcome = me.sleep(ticket, limits);
    }
    for (auto& one : among.first(listed))
    {
        one.state->waiters().withdraw(*one.entry);
    }
    const auto ready = find_ready(among);
    if (!ready)
    {
        throw_if_failed(outcome);
    }
    return ready;
}

std::optional<std::size_t> future_sources::wait_for_first(time_point until)
{
    const auto among = all();
    if (among.empty())
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::invalid_argument),
                                          "weft::wait_any: no futures");
    }
    return wait_for_one(among, until);
}

void future_sources::wait_until_first_error()
{
    auto pending = all();
    while (!pending.empty())
    {
        wait_for_one(pending, time_point::max());
        std::size_t left = 0;
        for (auto& one : pending)
        {
            if (!one.state->is_ready())
            {
                pending[left].state = one.state;
                ++left;
            }
            else if (one.state->error() != nullptr)
            {
                std::rethrow_exception(one.state->error());
            }
        }
        pending = pending.first(left);
    }
}

} // namespace weft::detail
