// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_QUEUE_CASES_HPP
#define WEFT_SYNC_DETAIL_QUEUE_CASES_HPP

#include <weft/sync/detail/queue_core.hpp>
#include <weft/sync/detail/select_core.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// What both directions have in common. `Derived` has `subject()`: what an `Entry` is made of besides the waiter.
template <class Derived, class Core, class Entry>
class queue_case : public select_case
{
public:
    bool enlist(waiter& me, wait_ticket ticket) noexcept override
    {
        if (is_closed_)
        {
            return true; // nothing will come
        }
        entry_.emplace(me, static_cast<Derived&>(*this).subject());
        list_.emplace(*core_, *entry_);
        if (core_->enlist_if_blocked(*entry_, ticket))
        {
            return true;
        }
        entry_.reset();
        return false;
    }

    bool withdraw() noexcept override
    {
        if (!entry_)
        {
            return false;
        }
        (*list_)(*entry_);
        const bool is_mine = entry_->claimed && judge(entry_->result) == attempt::taken;
        entry_.reset();
        return is_mine;
    }

protected:
    queue_case(Core& core, bool runs_when_closed) noexcept : core_(&core), runs_when_closed_(runs_when_closed) {}
    ~queue_case() = default;

    attempt judge(queue_outcome outcome) noexcept
    {
        is_closed_ = outcome == queue_outcome::closed;
        if (outcome == queue_outcome::done || (is_closed_ && runs_when_closed_))
        {
            return attempt::taken;
        }
        return is_closed_ ? attempt::never : attempt::blocked;
    }

    Core* core_;
    bool is_closed_ = false;

private:
    const bool runs_when_closed_;
    std::optional<Entry> entry_;
    std::optional<typename Core::withdrawal> list_;
};

/// Takes an element. `body(std::optional<T>)`, if it can be called so, runs with none when the queue is closed and empty;
/// with `body(T)` the case is then as if it were not there.
template <class T, take_order Order, class Body>
class pop_case final : public queue_case<pop_case<T, Order, Body>, queue_core<T, Order>, pop_entry<T>>
{
    using core = queue_core<T, Order>;
    using base = queue_case<pop_case, core, pop_entry<T>>;
    static constexpr bool takes_optional = std::is_invocable_v<Body, std::optional<T>>;

public:
    pop_case(core& queue, Body body) : base(queue, takes_optional), body_(std::move(body)) {}

    select_case::attempt try_take() override
    {
        return this->judge(this->core_->try_pop(element_));
    }

    void run()
    {
        if constexpr (takes_optional)
        {
            std::move(body_)(std::move(element_));
        }
        else
        {
            std::move(body_)(std::move(*element_));
        }
    }

private:
    friend base;

    std::optional<T>& subject() noexcept
    {
        return element_;
    }

    std::optional<T> element_;
    [[no_unique_address]] Body body_;
};

/// Puts an element, which stays with the caller unless this case wins. `body(bool)`, if it can be called so, runs with
/// false when the queue is closed; with `body()` the case is then as if it were not there.
template <class T, take_order Order, class U, class Body>
class push_case final : public queue_case<push_case<T, Order, U, Body>, queue_core<T, Order>, push_entry<T>>
{
    using core = queue_core<T, Order>;
    using base = queue_case<push_case, core, push_entry<T>>;
    static constexpr bool takes_bool = std::is_invocable_v<Body, bool>;

public:
    push_case(core& queue, U&& value, Body body) : base(queue, takes_bool), value_(&value), body_(std::move(body)) {}

    select_case::attempt try_take() override
    {
        return this->judge(this->core_->try_push(subject()));
    }

    void run()
    {
        if constexpr (takes_bool)
        {
            std::move(body_)(!this->is_closed_);
        }
        else
        {
            std::move(body_)();
        }
    }

private:
    friend base;

    U&& subject() noexcept
    {
        return std::forward<U>(*value_);
    }

    std::remove_reference_t<U>* value_;
    [[no_unique_address]] Body body_;
};

} // namespace weft::detail

#endif
