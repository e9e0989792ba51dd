// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_SELECT_HPP
#define WEFT_SYNC_SELECT_HPP

#include <weft/sync/detail/select_cases.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weft
{

// ── cases ──
//
// Each is made where it is used, in the call of `select`, and used once. The body of the case that wins is called after
// the wait, by who selects, and may wait itself. Further cases: `on_pop` and `on_push` of queues and channels, `on_set` of
// events, `on_acquire` of semaphores, and any operation of Asio with the token `as_case` (weft/io/select_operation.hpp).

/// A source that somebody has taught select to wait for: see `detail::select_access`.
template <detail::select_source Source, class Body = detail::no_body>
auto on(Source& source, Body body = {})
{
    return detail::source_case<Source, Body>(source, std::move(body));
}

/// The result of a future is there; it stays there for `get`. A deferred function runs when the case is looked at.
/// Errors: `std::future_error` with `no_state`.
template <any_future Future, class Body = detail::no_body>
auto on_ready(const Future& future, Body body = {})
{
    return on(detail::future_access::state(future), std::move(body));
}

/// A fiber has ended: its `join` does not wait. `Fiber` is `fiber` or `jfiber`.
/// Errors: `invalid_argument` if not joinable; `resource_deadlock_would_occur` for the running fiber itself.
template <class Fiber, class Body = detail::no_body>
    requires requires(const Fiber& one) {
        { one.record() } -> std::same_as<detail::fiber_record*>;
    }
auto on_end(const Fiber& fiber, Body body = {})
{
    return on(detail::require_other_fiber(fiber.record()), std::move(body));
}

/// Stop is requested. A token without a source counts as not there.
template <class Body = detail::no_body>
auto on_stop(std::stop_token token, Body body = {})
{
    return detail::stop_case<Body>(std::move(token), std::move(body));
}

/// The time is over. Counted from this call.
template <class Rep, class Period, class Body = detail::no_body>
auto after(const std::chrono::duration<Rep, Period>& timeout, Body body = {})
{
    return detail::timer_case<Body>(detail::deadline_after(timeout), std::move(body));
}

/// The time has come.
template <class Clock, class Duration, class Body = detail::no_body>
auto at(const std::chrono::time_point<Clock, Duration>& when, Body body = {})
{
    return detail::timer_case<Body>(detail::deadline_at(when), std::move(body));
}

/// Nothing else is ready: the select does not wait.
template <class Body = detail::no_body>
auto otherwise(Body body = {})
{
    return detail::default_case<Body>(std::move(body));
}

namespace detail
{

/// Returns the place of the case that ran, or `no_case` after `until`.
template <class... Cases>
std::size_t select_until(time_point until, Cases&... cases)
{
    constexpr auto count = sizeof...(Cases);
    static_assert(count > 0 && count < 256);
    const std::array<select_case*, count> all{&cases...};
    std::array<std::uint8_t, count> order;
    std::array<bool, count> late{};
    const auto winner = select_among(all, order, late, until);
    const auto run = [&cases...](auto has_run) {
        std::size_t place = 0;
        ((has_run(place++) ? cases.run() : void()), ...);
    };
    const auto run_late = [&run, &late] { run([&late](std::size_t place) { return late[place]; }); };
    try
    {
        run([winner](std::size_t place) { return place == winner; });
    }
    catch (...)
    {
        run_late();
        throw;
    }
    run_late();
    return winner;
}

template <class T>
decltype(auto) as_select_case(T&& source)
{
    if constexpr (is_select_case<T>)
    {
        return std::forward<T>(source);
    }
    else if constexpr (any_future<T>)
    {
        return on_ready(source);
    }
    else if constexpr (std::is_same_v<std::remove_cvref_t<T>, std::stop_token>)
    {
        return on_stop(source);
    }
    else if constexpr (requires { on_end(source); })
    {
        return on_end(source);
    }
    else
    {
        return on(source);
    }
}

/// What `wait_any` takes.
template <class T>
concept selectable = is_select_case<T> || any_future<T> || std::is_same_v<std::remove_cvref_t<T>, std::stop_token> ||
                     requires(T&& one) { on_end(one); } || select_source<std::remove_reference_t<T>>;

/// Futures alone have an overload of their own: wait_any.hpp.
template <class... Sources>
concept mixed_sources = sizeof...(Sources) > 0 && (selectable<Sources> && ...) && !(any_future<Sources> && ...);

} // namespace detail

/// Waits for the first of several things, runs the body of that case, and returns its place.
///
///     weft::select(requests.on_pop([&](request r) { serve(r); }),
///                  replies.on_push(reply, [&] { ++sent; }),
///                  closing.on_set([&] { done = true; }),
///                  weft::after(2s, [&] { idle(); }));
///
/// Exactly one case wins; the others are withdrawn, and have taken and given nothing. Of several that are ready at once,
/// any is as likely as any other. Only an operation of Asio may have finished although it was told to stop: then it wins
/// if what else came was the end of a time, of the fiber or of the wait, and else its body runs after the winner's.
/// Elements to be pushed stay with the caller unless that case wins. A case of a queue that is closed (and, to pop, empty)
/// wins if its body can be told so: `[](std::optional<T>)`, `[](bool pushed)`; otherwise it counts as not there.
///
/// Blocks: the fiber, or the thread outside of fibers.
/// Cancellation: throws `operation_aborted`, at entry too; no case has happened then.
/// Errors: `timed_out` when the inherited deadline comes first; `broken_pipe` if no case can ever become ready; what
/// copying or moving an element throws (see `detail::queue_operations`), and what the body throws. Nothing is allocated.
/// Complexity: linear in the number of cases.
template <class... Cases>
    requires(sizeof...(Cases) > 0 && (detail::is_select_case<Cases> && ...))
std::size_t select(Cases&&... cases)
{
    return detail::select_until(detail::time_point::max(), cases...);
}

/// As `select`, for things as they are: events (an auto-reset one is reset), semaphores (one unit is acquired), futures,
/// fibers, stop tokens, and cases. Says which one it was.
template <class... Sources>
    requires detail::mixed_sources<Sources...>
std::size_t wait_any(Sources&&... sources)
{
    return select(detail::as_select_case(std::forward<Sources>(sources))...);
}

namespace detail
{

template <class... Cases>
std::optional<std::size_t> select_in_time(time_point until, Cases&&... cases)
{
    const auto place = select_until(until, cases...);
    return place != no_case ? std::optional(place) : std::nullopt;
}

} // namespace detail

/// As `wait_any`; nothing if none was ready by then.
template <class Clock, class Duration, class... Sources>
    requires detail::mixed_sources<Sources...>
std::optional<std::size_t> wait_any_until(const std::chrono::time_point<Clock, Duration>& when, Sources&&... sources)
{
    return detail::select_in_time(detail::deadline_at(when), detail::as_select_case(std::forward<Sources>(sources))...);
}

template <class Rep, class Period, class... Sources>
    requires detail::mixed_sources<Sources...>
std::optional<std::size_t> wait_any_for(const std::chrono::duration<Rep, Period>& timeout, Sources&&... sources)
{
    return detail::select_in_time(detail::deadline_after(timeout),
                                  detail::as_select_case(std::forward<Sources>(sources))...);
}

} // namespace weft

#endif
