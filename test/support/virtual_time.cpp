// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace weft::test
{

void check_empty(const scheduler& used)
{
    const auto counters = used.counters();
    BOOST_TEST(counters.live == 0U);
    BOOST_TEST(counters.ready == 0U);
    BOOST_TEST(counters.suspended == 0U);
}

virtual_time::virtual_time(manual_clock::when_idle behaviour) : clock(behaviour) {}

virtual_time::~virtual_time() = default;

long long virtual_time::milliseconds() const
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - start).count();
}

void virtual_time::note_time(std::string_view what)
{
    note(std::string(what) + '@', milliseconds());
}

void virtual_time::run_and_check(const std::function<void()>& function)
{
    struct nothing_left
    {
        std::optional<scheduler> used;
        ~nothing_left()
        {
            check_empty(*used);
        }
    } check;
    weft::run(
        [&check, &function] {
            check.used = scheduler::current();
            function();
        },
        {.clock = &clock});
}

} // namespace weft::test
