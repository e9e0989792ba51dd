// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_HTTP_RANGE_HPP
#define WEFT_EXAMPLE_HTTP_RANGE_HPP

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

namespace example
{

/// What a Range header makes of a file (RFC 9110, 14).
struct byte_range
{
    enum class kind
    {
        whole,        ///< all of it, as if there were no such header
        part,         ///< 206
        unsatisfiable ///< 416
    };

    kind what = kind::whole;
    std::uint64_t first = 0;
    std::uint64_t count = 0; ///< in bytes; at least 1 for a part

    friend bool operator==(const byte_range&, const byte_range&) = default;
};

namespace detail
{

/// Takes the digits at the front of `text`; false if there are none. A number too large for 64 bits becomes the largest.
inline bool take_number(std::string_view& text, std::uint64_t& number) noexcept
{
    constexpr auto largest = std::numeric_limits<std::uint64_t>::max();
    const auto before = text.size();
    for (number = 0; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1))
    {
        const auto digit = static_cast<std::uint64_t>(text.front() - '0');
        number = number > (largest - digit) / 10 ? largest : number * 10 + digit;
    }
    return text.size() != before;
}

inline std::string_view trimmed(std::string_view text) noexcept
{
    constexpr std::string_view blanks = " \t";
    const auto begin = text.find_first_not_of(blanks);
    return begin == text.npos ? std::string_view() : text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

} // namespace detail

/// The header's value, applied to a file of `size` bytes. A header that is malformed, has another unit or names several
/// ranges asks for the whole file: a server may ignore it. Reads the text once, and allocates nothing.
inline byte_range parse_range(std::string_view text, std::uint64_t size) noexcept
{
    constexpr std::string_view unit = "bytes=";
    const auto same_letter = [](char wanted, char got) {
        return wanted == got || (got >= 'A' && got <= 'Z' && wanted == got - 'A' + 'a');
    };
    const byte_range all{byte_range::kind::whole, 0, size};
    text = detail::trimmed(text);
    if (text.size() < unit.size() || !std::equal(unit.begin(), unit.end(), text.begin(), same_letter))
    {
        return all;
    }
    text = detail::trimmed(text.substr(unit.size()));
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const bool has_first = detail::take_number(text, first);
    if (text.empty() || text.front() != '-')
    {
        return all;
    }
    text.remove_prefix(1);
    const bool has_last = detail::take_number(text, last);
    if (!text.empty() || (!has_first && !has_last) || (has_first && has_last && last < first))
    {
        return all;
    }
    if (!has_first) // the last so many bytes
    {
        first = size - std::min(last, size); // none of them: behind the end
    }
    if (!has_first || !has_last)
    {
        last = std::numeric_limits<std::uint64_t>::max();
    }
    if (first >= size)
    {
        return {byte_range::kind::unsatisfiable, 0, 0};
    }
    return {byte_range::kind::part, first, (last < size ? last + 1 : size) - first};
}

} // namespace example

#endif
