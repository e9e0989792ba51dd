// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_FIBER_ID_HPP
#define WEFT_FIBER_FIBER_ID_HPP

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>

namespace weft
{

/// The number of a fiber: unique in the process as long as that runs, never reused. Default-constructed: no fiber.
class fiber_id
{
public:
    constexpr fiber_id() noexcept = default;
    explicit constexpr fiber_id(std::uint64_t number) noexcept : number_(number) {}

    constexpr auto operator<=>(const fiber_id&) const noexcept = default;

    /// Counted from 1 in the process; 0 for no fiber.
    constexpr std::uint64_t number() const noexcept
    {
        return number_;
    }

private:
    std::uint64_t number_ = 0;
};

/// As `#4711`.
std::ostream& operator<<(std::ostream& out, fiber_id id);

} // namespace weft

template <>
struct std::hash<weft::fiber_id>
{
    std::size_t operator()(weft::fiber_id id) const noexcept
    {
        return std::hash<std::uint64_t>{}(id.number());
    }
};

#endif
