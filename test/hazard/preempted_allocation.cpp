// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H10: a turn that ends inside of malloc leaves the allocator's lock held, and the next fiber that allocates on this
// thread waits for ever. Ticks that find the program in the allocator, or in what the allocator was called by, are put
// off. The test program brings a malloc of its own, so both ways to see that are in use.

#include <weft/weft.hpp>

#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using weft::preemptible;
using weft::this_thread_preemptions;

namespace
{

constexpr auto shortest_tick = 100us;
constexpr std::uint64_t enough = 300;

boost::test_tools::assertion_result is_supported(boost::unit_test::test_unit_id)
{
    return preemptible::is_supported();
}

} // namespace

BOOST_AUTO_TEST_SUITE(preempted_allocation, *boost::unit_test::precondition(is_supported))

BOOST_AUTO_TEST_CASE(H10_calculations_that_allocate)
{
    weft::run([] {
        const auto before = this_thread_preemptions();
        std::uint64_t wrong = 0;
        std::vector<weft::fiber> all;
        for (const char mark : {'a', 'b', 'c'})
        {
            all.emplace_back([&wrong, before, mark] {
                const preemptible region(shortest_tick);
                std::vector<std::string> kept(64);
                for (std::size_t i = 0;; ++i)
                {
                    const auto now = this_thread_preemptions();
                    if (now.preemptions - before.preemptions >= enough && now.in_library - before.in_library >= enough)
                    {
                        break;
                    }
                    auto& one = kept[i % kept.size()];
                    wrong += one.find_first_not_of(mark) != std::string::npos ? 1U : 0U;
                    one = std::string(20 + i % 5000, mark);
                    std::free(std::malloc(i % 300'000));
                }
            });
        }
        weft::test::join_all(all);
        BOOST_TEST(wrong == 0U);
    });
}

BOOST_AUTO_TEST_CASE(H10_exceptions_in_calculations)
{
    // The unwinder and the C++ runtime allocate and lock as well.
    weft::run([] {
        const auto until = this_thread_preemptions().preemptions + enough;
        int caught = 0;
        std::vector<weft::fiber> all;
        for (int i = 0; i < 2; ++i)
        {
            all.emplace_back([&caught, until, i] {
                const preemptible region(shortest_tick);
                while (this_thread_preemptions().preemptions < until)
                {
                    try
                    {
                        throw i;
                    }
                    catch (const int mine)
                    {
                        caught += mine == i ? 0 : 1;
                    }
                }
            });
        }
        weft::test::join_all(all);
        BOOST_TEST(caught == 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()
