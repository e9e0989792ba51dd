// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include <boost/test/unit_test.hpp>

#include <cfenv>
#include <vector>

using weft::fiber;
namespace this_fiber = weft::this_fiber;

BOOST_AUTO_TEST_SUITE(floating_point)

BOOST_AUTO_TEST_CASE(modes_belong_to_the_fiber)
{
    std::vector<int> seen;
    weft::run([&] {
        fiber upward([&] {
            std::fesetround(FE_UPWARD);
            this_fiber::yield();
            seen.push_back(std::fegetround());
        });
        fiber downward([&] {
            std::fesetround(FE_DOWNWARD);
            this_fiber::yield();
            seen.push_back(std::fegetround());
        });
        fiber plain([&] {
            seen.push_back(std::fegetround());
            this_fiber::yield();
            seen.push_back(std::fegetround());
        });
        upward.join();
        downward.join();
        plain.join();
        seen.push_back(std::fegetround());
    });
    seen.push_back(std::fegetround());
    BOOST_TEST((seen == std::vector<int>{FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TONEAREST, FE_TONEAREST,
                                         FE_TONEAREST}));
}

BOOST_AUTO_TEST_CASE(a_fiber_on_a_used_stack_starts_with_those_of_the_thread)
{
    std::vector<int> seen;
    weft::run([&] {
        for (int i = 0; i < 3; ++i)
        {
            fiber child([&] {
                seen.push_back(std::fegetround());
                std::fesetround(FE_UPWARD);
            });
            child.join();
        }
        // One after the other on the same stack, without a switch in between.
        std::vector<fiber> children;
        for (int i = 0; i < 3; ++i)
        {
            children.emplace_back([&] {
                seen.push_back(std::fegetround());
                std::fesetround(FE_DOWNWARD);
            });
        }
        for (auto& child : children)
        {
            child.join();
        }
    });
    BOOST_TEST((seen == std::vector<int>(6, FE_TONEAREST)));
}

BOOST_AUTO_TEST_CASE(the_threads_modes_are_what_fibers_start_with)
{
    std::fesetround(FE_TOWARDZERO);
    int inside = -1;
    weft::run([&] { inside = std::fegetround(); });
    std::fesetround(FE_TONEAREST);
    BOOST_TEST(inside == FE_TOWARDZERO);
}

BOOST_AUTO_TEST_SUITE_END()
