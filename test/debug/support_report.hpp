// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_DEBUG_SUPPORT_REPORT_HPP
#define WEFT_TEST_DEBUG_SUPPORT_REPORT_HPP

#include <weft/debug/overflow.hpp>
#include <weft/weft.hpp>

#include "support/child_process.hpp"
#include "support/deep_calls.hpp"
#include "support/sanitized.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace weft::test
{

inline constexpr auto sanitizers_have_a_handler = "a sanitizer has a handler for faults of its own";

inline std::size_t count_of(std::string_view part, std::string_view text)
{
    std::size_t count = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    {
        ++count;
    }
    return count;
}

/// The rest of the line behind the first `start`; empty if there is none.
inline std::string line_after(std::string_view start, std::string_view text)
{
    const auto at = text.find(start);
    if (at == text.npos)
    {
        return {};
    }
    text.remove_prefix(at + start.size());
    return std::string(text.substr(0, text.find('\n')));
}

/// In a child: what a fiber of that name, with 64 KiB of stack, does with the report installed.
template <class F>
child_result report_of(F function)
{
    return run_in_child([&] {
        debug::install_overflow_report();
        run([&] { fiber(attributes{.name = "victim", .stack_size = 64 * 1024}, function).join(); });
    });
}

} // namespace weft::test

#endif
