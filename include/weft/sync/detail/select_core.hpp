// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_SELECT_CORE_HPP
#define WEFT_SYNC_DETAIL_SELECT_CORE_HPP

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/wait_list.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// One case of a select; lives in the selecting frame. The protocol, with one ticket for all cases of a wait:
///
///     try_take of each, in an order drawn anew each time   the first that has what it waits for wins
///     start of each                                        operations begin
///     arm; enlist of each                                  one that is ready by now: give up the wait and start over
///     sleep                                                the first source to claim the ticket wins; the others find
///                                                          it claimed and pass on to whoever waits behind
///     withdraw of each                                     one has been claimed, or none: time is over, cancelled
///     finish of each                                       operations are cancelled and waited for
///
/// All calls come from the selecting fiber or thread.
class select_case
{
public:
    enum class attempt : std::uint8_t
    {
        blocked,
        taken,
        never ///< blocked, and nothing will change that
    };

    /// Takes what is there, without waiting. Errors: what moving elements throws; nothing has been taken then.
    virtual attempt try_take() = 0;

    /// Before each wait; may run code of others. Errors: what starting an operation throws.
    virtual void start() {}

    /// Puts an entry with this ticket where it will be found. False, and nothing has happened: `try_take` might not say
    /// `blocked`.
    virtual bool enlist(waiter& me, wait_ticket ticket) noexcept = 0;

    /// Undoes `enlist`. True if this is what ended the wait, and it has what it waits for.
    virtual bool withdraw() noexcept = 0;

    /// The select is over. True: this has got its result all the same, and its body must run.
    virtual bool finish() noexcept
    {
        return false;
    }

    /// When this becomes ready by itself.
    virtual time_point due() const noexcept
    {
        return time_point::max();
    }

    /// Taken if nothing else is ready at once.
    virtual bool is_default() const noexcept
    {
        return false;
    }

protected:
    select_case() = default;
    select_case(const select_case&) = default;
    ~select_case() = default;
};

/// No case: the time was over.
inline constexpr std::size_t no_case = std::numeric_limits<std::size_t>::max();

/// Waits for one of the cases. `order` is room for as many numbers; `late` becomes true if a case other than the one that
/// is returned has a result: its `late_result` says so. Nothing after `until`. Errors: those of a wait; `broken_pipe` if
/// no case can ever become ready.
std::size_t select_among(std::span<select_case* const> cases, std::span<std::uint8_t> order, std::span<bool> late,
                         time_point until);

/// Lets this thread's choices among ready cases repeat from here on, the same after the same number. Each thread begins as
/// after 0.
void seed_select(std::uint32_t number) noexcept;

// ── sources ──

/// How select sees something that one waits for. A source whose waiters stand in a single `wait_list` needs three private
/// members and `friend struct detail::select_access;`:
///
///     wait_list& select_list() noexcept;   the entries that are claimed when it becomes ready. Claiming an entry is the
///                                          hand-over: with a semaphore, the unit belongs to the claimed one
///     bool select_announce() noexcept;     is it ready? Takes nothing. Called under the list's lock, right before an entry
///                                          is put in: after `false`, whoever makes it ready must look into the list
///     bool select_take() noexcept;         takes it if it is ready, without waiting; called without the lock
///
/// These are what its own wait does: in `wait_unless(satisfied, …)`, `satisfied` is `announce() && take()`. Or specialise
/// `select_traits` for it, with `list`, `announce` and `take` as static functions of a reference, if the class already
/// gives its list away. Then `on(source, body)`, `wait_any(source, …)` and a member such as `on_set(body)`, which returns
/// `source_case(*this, body)`, work.
///
/// What hands values over, as a queue does, is a class derived from `select_case`: see queue_cases.hpp.
struct select_access
{
    template <class Source>
    static wait_list& list(Source& source) noexcept
        requires requires {
            { source.select_list() } -> std::same_as<wait_list&>;
        }
    {
        return source.select_list();
    }

    template <class Source>
    static bool announce(Source& source) noexcept
    {
        return source.select_announce();
    }

    template <class Source>
    static bool take(Source& source) noexcept
    {
        return source.select_take();
    }
};

template <class Source>
struct select_traits : select_access
{};

template <class Source>
concept select_source = requires(Source& source) {
    { select_traits<Source>::list(source) } -> std::same_as<wait_list&>;
};

template <class Case>
concept is_select_case = std::derived_from<std::remove_cvref_t<Case>, select_case>;

/// What runs when a case wins, for sources that have no values.
struct no_body
{
    void operator()() const noexcept {}
};

template <select_source Source, class Body>
class source_case final : public select_case
{
public:
    source_case(Source& source, Body body) : source_(&source), body_(std::move(body)) {}

    attempt try_take() override
    {
        return traits::take(*source_) ? attempt::taken : attempt::blocked;
    }

    bool enlist(waiter& me, wait_ticket ticket) noexcept override
    {
        list_ = &traits::list(*source_);
        entry_.emplace(me);
        const std::lock_guard guard(list_->lock());
        if (traits::announce(*source_))
        {
            return false;
        }
        list_->push_back(*entry_, ticket);
        return true;
    }

    bool withdraw() noexcept override
    {
        // The source may be gone if somebody has claimed the entry.
        list_->withdraw(*entry_);
        return entry_->claimed;
    }

    void run()
    {
        std::move(body_)();
    }

private:
    using traits = select_traits<Source>;

    Source* source_;
    wait_list* list_ = nullptr;
    std::optional<wait_entry> entry_;
    [[no_unique_address]] Body body_;
};

} // namespace weft::detail

#endif
