// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_FUTURE_SOURCES_HPP
#define WEFT_SYNC_DETAIL_FUTURE_SOURCES_HPP

#include <weft/fiber/detail/wait_list.hpp>
#include <weft/sync/detail/basic_future.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>
#include <vector>

namespace weft
{

/// `future<T>` or `shared_future<T>`.
template <class F>
concept any_future = requires(const std::remove_cvref_t<F>& one) {
    { detail::future_access::state(one) } -> std::same_as<detail::future_state&>;
};

template <class R>
concept future_range = std::ranges::input_range<R> && any_future<std::ranges::range_reference_t<R>>;

namespace detail
{

/// Futures that one fiber or thread waits for at the same time. They must not be moved or destroyed meanwhile.
class future_sources
{
public:
    /// Errors: `std::bad_alloc` beyond the first eight.
    void add(future_state& one);

    /// The position of the first that is ready; nothing after `until`. Errors: those of a wait; `invalid_argument` if
    /// there are none.
    std::optional<std::size_t> wait_for_first(time_point until);

    void wait_until_first_error();

private:
    struct source
    {
        future_state* state;
        std::optional<wait_entry> entry;
    };

    static std::optional<std::size_t> find_ready(std::span<source> among) noexcept;
    static std::optional<std::size_t> wait_for_one(std::span<source> among, time_point until);

    std::span<source> all() noexcept
    {
        return more_.empty() ? std::span(few_).first(count_) : std::span(more_);
    }

    std::array<source, 8> few_;
    std::size_t count_ = 0; ///< in `few_`, until those move to `more_`
    std::vector<source> more_;
};

} // namespace detail

} // namespace weft

#endif
