// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/cases.hpp"

#include <boost/core/demangle.hpp>

#include <string>

namespace weft::test
{

namespace ut = boost::unit_test;

std::string in_brackets(const std::type_info& type)
{
    // As Boost.Test has it.
    static const std::string written[] = {",", "  ", " <", " >"};
    static const std::string wanted[] = {", ", " ", "<", ">"};
    return ut::utils::replace_all_occurrences_of('<' + boost::core::demangle(type.name()) + '>', std::begin(written),
                                                 std::end(written), std::begin(wanted), std::end(wanted));
}

void detail::enter_case(const char* name, const char* file, std::size_t line)
{
    ut::unit_test_log.set_checkpoint(file, line, '"' + std::string(name) + "\" entry");
}

detail::typed_cases::typed_cases(const char* name, const char* file, std::size_t line,
                                 std::initializer_list<body> bodies)
{
    for (const auto& one : bodies)
    {
        const auto full_name = name + in_brackets(one.type);
        cases_.push_back(ut::make_test_case(
            [=, run = one.run] {
                enter_case(name, file, line);
                run();
            },
            full_name, file, line));
    }
}

ut::test_unit* detail::typed_cases::next() const
{
    if (cases_.empty())
    {
        return nullptr;
    }
    auto* const first = cases_.front();
    cases_.pop_front();
    return first;
}

} // namespace weft::test
