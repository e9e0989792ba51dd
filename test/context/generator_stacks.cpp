// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/generator.hpp>
#include <weft/context/guarded_stacks.hpp>
#include <weft/context/stack.hpp>

#include "fixtures.hpp"
#include "support/child_process.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace errc = boost::system::errc;
using weft::generator;
using weft::guarded_stacks;
using weft::stack;
using namespace weft::test;

BOOST_FIXTURE_TEST_SUITE(generator_stacks, recorder)

BOOST_AUTO_TEST_CASE(F3_a_stack_of_the_callers_comes_back_when_done)
{
    const own_memory<> memory;
    stack where = memory.where();
    for (int i = 0; i != 3; ++i)
    {
        generator<int> other(where, [i](auto& yield) { yield(i); });
        const auto text = failure_of([&other] { other.release_stack(); }, errc::device_or_resource_busy);
        BOOST_TEST(text.find("not done") != std::string::npos, text);
        BOOST_TEST(*other.resume() == i);
        failure_of([&other] { other.release_stack(); }, errc::device_or_resource_busy);
        BOOST_TEST(!other.resume());
        where = other.release_stack();
        BOOST_TEST((where.base == memory.base() && where.size == small_stack));
        BOOST_TEST(other.done());
        failure_of([&other] { other.release_stack(); }, errc::invalid_argument);
        failure_of([&other] { other.resume(); }, errc::invalid_argument);
    }
}

BOOST_AUTO_TEST_CASE(F3_a_stack_of_an_allocators_goes_back_to_that)
{
    counting_stacks stacks;
    {
        generator<int> other(std::allocator_arg, stacks, [](auto& yield) { yield(1); });
        while (other.resume())
        {
        }
        BOOST_TEST(stacks.returned == 0); // kept as long as it may be asked for
        BOOST_TEST(!other.release_stack());
        BOOST_TEST(stacks.returned == 1);
    }
    {
        const generator<int> dropped(std::allocator_arg, stacks, [](auto& yield) { yield(1); });
    }
    BOOST_TEST(stacks.taken == 2);
    BOOST_TEST(stacks.returned == 2);
}

BOOST_AUTO_TEST_CASE(an_allocator_passed_as_rvalue_moves_in)
{
    const auto returned = std::make_shared<int>(0);
    {
        generator<int> other(std::allocator_arg, shared_count_stacks{returned, {}}, [](auto& yield) { yield(1); });
        other.resume();
        BOOST_TEST(*returned == 0);
    }
    BOOST_TEST(*returned == 1);
    BOOST_TEST(returned.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(frames_are_aligned_wherever_the_memory_begins)
{
    constexpr std::size_t size = 2 * small_stack;
    const own_memory<size> memory;
    for (std::size_t shift = 0; shift < 64; shift += 7)
    {
        struct alignas(128) wide
        {
            std::byte bytes[128];
        };
        const stack where{memory.base() + shift, size - 2 * shift - 1};
        generator<std::uintptr_t> other(where, [captured = wide()](auto& yield) {
            yield(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) % 16);
            yield(reinterpret_cast<std::uintptr_t>(&captured) % alignof(wide));
            char text[32] = {};
            std::snprintf(text, sizeof text, "%.3f", 1.5); // saves vector registers to aligned places
            yield(std::string(text) == "1.500" ? 0 : 1);
        });
        for (const auto excess : other)
        {
            BOOST_TEST(excess == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(null_or_too_small_loses_nothing)
{
    const own_memory<> memory;
    auto body = [held = std::make_unique<witness>(*this, "captured")](auto& yield) { yield(1); };
    for (const stack bad : {stack{}, stack{nullptr, small_stack}, memory.where(0), memory.where(1), memory.where(64),
                            memory.where(weft::minimum_stack_size() - 1)})
    {
        failure_of([&] { const generator<int> other(bad, std::move(body)); }, errc::invalid_argument);
    }
    BOOST_TEST(steps.empty());
    {
        const generator<int> other(memory.where(weft::minimum_stack_size()), std::move(body));
    }
    BOOST_TEST((steps == sequence{"~captured"}));

    const std::array<std::byte, small_stack> much{};
    const auto text =
        failure_of([&] { const generator<int> other(memory.where(), [much](auto&) { static_cast<void>(much); }); },
                   errc::invalid_argument);
    BOOST_TEST(text.find(std::to_string(small_stack) + " bytes") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(come_back_when_captures_cannot_be_moved_in)
{
    struct refuses
    {
        refuses() = default;
        refuses(refuses&& /*other*/) // NOLINT(performance-noexcept-move-constructor)
        {
            throw expected_error("does not move");
        }
        void operator()(generator<int>::yielder& /*yield*/) {}
    };
    counting_stacks stacks;
    BOOST_CHECK_THROW(static_cast<void>(generator<int>(std::allocator_arg, stacks, refuses())), expected_error);
    BOOST_TEST(stacks.taken == 1);
    BOOST_TEST(stacks.returned == 1);
}

BOOST_AUTO_TEST_CASE(an_overflow_hits_the_guard)
{
    const auto result = run_in_child([] {
        struct endless
        {
            static int recurse(volatile std::byte* above)
            {
                volatile std::byte frame[512];
                frame[0] = *above;
                return frame[0] == std::byte{2} ? 0 : recurse(frame) + static_cast<int>(frame[0]);
            }
        };
        generator<int> other([](auto& yield) {
            volatile std::byte first{1};
            yield(endless::recurse(&first));
        });
        std::fprintf(stderr, "%d", other.resume().value_or(0));
    });
    BOOST_TEST(result.killed_by(SIGSEGV), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
