// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/generator.hpp>

#include "fixtures.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <numeric>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using weft::generator;
using namespace weft::test;

namespace
{

static_assert(std::ranges::input_range<generator<int>> && !std::ranges::forward_range<generator<int>>);
static_assert(std::ranges::view<generator<int>> && std::ranges::view<generator<std::unique_ptr<int>>>);
static_assert(std::input_iterator<generator<const std::string&>::iterator>);
static_assert(std::is_same_v<std::ranges::range_reference_t<generator<std::string>>, std::string&&>);
static_assert(std::is_same_v<std::ranges::range_reference_t<generator<const std::string&>>, const std::string&>);
static_assert(std::is_same_v<std::ranges::range_value_t<generator<const std::string&>>, std::string>);
static_assert(!std::ranges::range<generator<int, int>> && !std::ranges::range<generator<void>>);

generator<int> from(int first)
{
    return generator<int>([first](auto& yield) {
        for (int i = first;; ++i)
        {
            yield(i);
        }
    });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(generator_range, recorder)

BOOST_AUTO_TEST_CASE(F2_in_a_range_for)
{
    std::vector<int> seen;
    for (const int each : generator<int>([](auto& yield) {
             yield(1);
             yield(2);
             yield(3);
         }))
    {
        seen.push_back(each);
    }
    BOOST_TEST((seen == std::vector<int>{1, 2, 3}));
    for (const int each : generator<int>([](auto&) {}))
    {
        BOOST_ERROR(each);
    }
}

BOOST_AUTO_TEST_CASE(F2_produces_no_more_than_is_asked_for)
{
    generator<int> numbers([this](auto& yield) {
        const witness local(*this, "local");
        for (int i = 0;; ++i)
        {
            note("make " + std::to_string(i));
            yield(i);
        }
    });
    note("begin");
    for (const int each : numbers)
    {
        note("see " + std::to_string(each));
        if (each == 1)
        {
            break;
        }
    }
    note("drop");
    numbers = generator<int>();
    BOOST_TEST((steps == sequence{"begin", "make 0", "see 0", "make 1", "see 1", "drop", "~local"}));
}

BOOST_AUTO_TEST_CASE(F2_begin_goes_on_where_others_have_stopped)
{
    auto numbers = from(0);
    numbers.resume();
    auto position = numbers.begin();
    BOOST_TEST(*position == 1);
    auto moved = std::move(numbers);
    ++position; // the generator has moved, its position has not
    BOOST_TEST(*position == 2);
    BOOST_TEST(*moved.resume() == 3);
    BOOST_TEST(*moved.begin() == 4);
}

BOOST_AUTO_TEST_CASE(F2_values_are_taken_out_of_the_bodys_frame)
{
    generator<std::unique_ptr<int>> pointers([](auto& yield) {
        yield(std::make_unique<int>(1));
        yield(std::make_unique<int>(2));
    });
    std::vector<std::unique_ptr<int>> all;
    for (auto&& each : pointers)
    {
        all.push_back(std::move(each));
    }
    BOOST_TEST(*all.at(0) == 1);
    BOOST_TEST(*all.at(1) == 2);

    std::vector<int> numbers{1, 2, 3};
    for (int& each : generator<int&>([&numbers](auto& yield) {
             for (int& number : numbers)
             {
                 yield(number);
             }
         }))
    {
        each *= 10;
    }
    BOOST_TEST((numbers == std::vector<int>{10, 20, 30}));
}

BOOST_AUTO_TEST_CASE(F2_in_algorithms_of_ranges)
{
    auto numbers = from(0);
    const auto found = std::ranges::find_if(numbers, [](int each) { return each * each > 50; });
    BOOST_TEST(*found == 8);
    std::vector<int> copied;
    std::ranges::copy(generator<int>([](auto& yield) {
                          yield(1);
                          yield(2);
                      }),
                      std::back_inserter(copied));
    BOOST_TEST((copied == std::vector<int>{1, 2}));
}

// Views of this library's <ranges> need a compiler that defers the check of constraints: clang does from 16 on.
#if !defined(__clang__) || __clang_major__ >= 16
BOOST_AUTO_TEST_CASE(F2_in_pipelines)
{
    std::vector<int> seen;
    for (const int each : from(1) | std::views::filter([](int number) { return number % 2 == 0; }) |
                              std::views::transform([](int number) { return number * number; }) | std::views::take(4))
    {
        seen.push_back(each);
    }
    BOOST_TEST((seen == std::vector<int>{4, 16, 36, 64}));

    // By reference, the rest stays.
    auto numbers = from(0);
    seen.clear();
    std::ranges::copy(std::ranges::ref_view(numbers) | std::views::take_while([](int each) { return each < 3; }),
                      std::back_inserter(seen));
    BOOST_TEST((seen == std::vector<int>{0, 1, 2}));
    BOOST_TEST(*numbers.resume() == 4);
}

BOOST_AUTO_TEST_CASE(F2_a_body_may_go_through_a_pipeline_of_others)
{
    // The sieve: each prime found puts a filter of its own in front.
    generator<int> primes([](auto& yield) {
        auto rest = from(2);
        for (;;)
        {
            const int prime = *rest.resume();
            yield(prime);
            rest = generator<int>([prime, before = std::move(rest)](auto& pass) mutable {
                for (const int each : before)
                {
                    if (each % prime != 0)
                    {
                        pass(each);
                    }
                }
            });
        }
    });
    std::vector<int> seen;
    std::ranges::copy(std::move(primes) | std::views::take(10), std::back_inserter(seen));
    BOOST_TEST((seen == std::vector<int>{2, 3, 5, 7, 11, 13, 17, 19, 23, 29}));
}
#endif

BOOST_AUTO_TEST_SUITE_END()
