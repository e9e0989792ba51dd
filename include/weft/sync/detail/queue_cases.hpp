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

/// What both directions have in common. `Derived` has `attempt_once()` and `enlist_entry(ticket)`.
template <class Core, class Entry>
class queue_case : public select_case
{
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

    bool withdraw_from(const typename Core::withdrawal& list) noexcept
    {
        if (!entry_)
        {
            return false;
        }
        list(*entry_);
        const bool is_mine = entry_->claimed && judge(entry_->result) == attempt::taken;
        entry_.reset();
        return is_mine;
    }

    Core* core_;
    std::optional<Entry> entry_;
    bool is_closed_ = false;
    const bool runs_when_closed_;
};

/// Takes an element. `body(std::optional<T>)`, if it can be called so, runs with none when the queue is closed and empty;
/// with `body(T)` the case is then as if it were not there.
template <class T, take_order Order, class Body>
class pop_case final : public queue_case<queue_core<T, Order>, pop_entry<T>>
{
    using core = queue_core<T, Order>;
    using base = queue_case<core, pop_entry<T>>;
    static constexpr bool takes_optional = std::is_invocable_v<Body, std::optional<T>>;

public:
    pop_case(core& queue, Body body) : base(queue, takes_optional), body_(std::move(body)) {}

    select_case::attempt try_take() override
    {
        return this->judge(this->core_->try_pop(element_));
    }

    bool enlist(waiter& me, wait_ticket ticket) noexcept override
    {
        if (this->is_closed_)
        {
            return true; // nothing will come
        }
        this->entry_.emplace(me, element_);
        list_.emplace(*this->core_, true);
        if (this->core_->enlist_popper(*this->entry_, ticket))
        {
            return true;
        }
        this->entry_.reset();
        return false;
    }

    bool withdraw() noexcept override
    {
        return list_ && this->withdraw_from(*list_);
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
    std::optional<T> element_;
    std::optional<typename core::withdrawal> list_;
    [[no_unique_address]] Body body_;
};

/// Puts an element, which stays with the caller unless this case wins. `body(bool)`, if it can be called so, runs with
/// false when the queue is closed; with `body()` the case is then as if it were not there.
template <class T, take_order Order, class U, class Body>
class push_case final : public queue_case<queue_core<T, Order>, push_entry<T>>
{
    using core = queue_core<T, Order>;
    using base = queue_case<core, push_entry<T>>;
    static constexpr bool takes_bool = std::is_invocable_v<Body, bool>;

public:
    push_case(core& queue, U&& value, Body body) : base(queue, takes_bool), value_(&value), body_(std::move(body)) {}

    select_case::attempt try_take() override
    {
        return this->judge(this->core_->try_push(std::forward<U>(*value_)));
    }

    bool enlist(waiter& me, wait_ticket ticket) noexcept override
    {
        if (this->is_closed_)
        {
            return true;
        }
        this->entry_.emplace(me, *value_);
        if constexpr (std::is_lvalue_reference_v<U>)
        {
            this->entry_->movable = nullptr;
        }
        list_.emplace(*this->core_, false);
        if (this->core_->enlist_pusher(*this->entry_, ticket))
        {
            return true;
        }
        this->entry_.reset();
        return false;
    }

    bool withdraw() noexcept override
    {
        return list_ && this->withdraw_from(*list_);
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
    std::remove_reference_t<U>* value_;
    std::optional<typename core::withdrawal> list_;
    [[no_unique_address]] Body body_;
};

} // namespace weft::detail

#endif
