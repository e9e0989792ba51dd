// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// What a call must preserve by the platform's ABI, a switch must preserve too: to the compiler it is one, or, inlined,
// less than one. Built with optimisation, so that values do live in registers.

#include <weft/context/detail/execution.hpp>
#include <weft/context/detail/floating_control.hpp>
#include <weft/context/fiber_context.hpp>
#include <weft/context/guarded_stacks.hpp>

#include "fixtures.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cfenv>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

using weft::fiber_context;
using weft::detail::execution;
using weft::detail::switch_execution;
using weft::detail::thread_anchors;
using namespace weft::test;

namespace
{

/// Leaves nothing in the registers that it was allowed to change, and little in those that it was not.
[[gnu::noinline]] void spoil_registers()
{
#if defined(__x86_64__)
    asm volatile("mov $-1, %%rax; mov %%rax, %%rbx; mov %%rax, %%rcx; mov %%rax, %%rdx; mov %%rax, %%rsi\n\t"
                 "mov %%rax, %%rdi; mov %%rax, %%r8; mov %%rax, %%r9; mov %%rax, %%r10; mov %%rax, %%r11\n\t"
                 "mov %%rax, %%r12; mov %%rax, %%r13; mov %%rax, %%r14; mov %%rax, %%r15\n\t"
                 "pcmpeqd %%xmm0, %%xmm0; pcmpeqd %%xmm1, %%xmm1; pcmpeqd %%xmm2, %%xmm2; pcmpeqd %%xmm3, %%xmm3\n\t"
                 "pcmpeqd %%xmm4, %%xmm4; pcmpeqd %%xmm5, %%xmm5; pcmpeqd %%xmm6, %%xmm6; pcmpeqd %%xmm7, %%xmm7\n\t"
                 "pcmpeqd %%xmm8, %%xmm8; pcmpeqd %%xmm9, %%xmm9; pcmpeqd %%xmm10, %%xmm10\n\t"
                 "pcmpeqd %%xmm11, %%xmm11; pcmpeqd %%xmm12, %%xmm12; pcmpeqd %%xmm13, %%xmm13\n\t"
                 "pcmpeqd %%xmm14, %%xmm14; pcmpeqd %%xmm15, %%xmm15"
                 :
                 :
                 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                   "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm14", "xmm15");
#endif
}

/// Spoils the registers whenever it is resumed.
fiber_context spoiler()
{
    return fiber_context([](fiber_context&& caller) -> fiber_context {
        for (;;)
        {
            spoil_registers();
            caller = resume(std::move(caller));
        }
    });
}

/// As many values as there are registers, all of them live at each switch.
template <class T, std::size_t Count>
[[gnu::noinline]] std::array<T, Count> add_up(fiber_context& other, std::array<T, Count> values, int rounds)
{
    for (int round = 0; round < rounds; ++round)
    {
        for (auto& value : values)
        {
            value = value * T(3) / T(2) + T(1);
        }
        other = resume(std::move(other));
        for (auto& value : values)
        {
            value = value / T(2);
        }
    }
    return values;
}

template <class T, std::size_t Count>
std::array<T, Count> add_up_alone(std::array<T, Count> values, int rounds)
{
    for (int round = 0; round < rounds; ++round)
    {
        for (auto& value : values)
        {
            value = value * T(3) / T(2) + T(1);
            value = value / T(2);
        }
    }
    return values;
}

template <class T>
void check_values_survive()
{
    constexpr std::size_t count = 12;
    std::array<T, count> values{};
    for (std::size_t i = 0; i < count; ++i)
    {
        values[i] = T(100 * (i + 1));
    }
    auto other = spoiler();
    BOOST_TEST((add_up(other, values, 10) == add_up_alone(values, 10)));
}

[[gnu::noinline]] double divide(double upper, double lower)
{
    return upper / lower;
}

/// 1/7 is rounded down, as double and as extended, unless another mode is in force in the unit that calculates with T.
template <class T>
[[gnu::noinline]] T seventh()
{
    volatile T one = 1;
    volatile T seven = 7;
    return one / seven;
}

/// A function that calls nothing keeps its variables below the stack pointer. The switch itself is no call.
[[gnu::noinline]] long leaf(execution& from, execution& to, const thread_anchors& anchors)
{
    volatile long a = 1;
    volatile long b = 2;
    volatile long c = 3;
    volatile long d = 4;
    volatile long e = 5;
    volatile long f = 6;
    switch_execution(from, to, anchors);
    return a + b + c + d + e + f;
}

struct main_side : execution
{
    execution* other = nullptr;
};

[[noreturn]] void leaf_on_other_side(execution& previous)
{
    const auto anchors = weft::detail::current_thread_anchors();
    auto& self = *static_cast<main_side&>(previous).other;
    for (;;)
    {
        spoil_registers();
        leaf(self, previous, anchors);
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(platform_abi, recorder)

BOOST_AUTO_TEST_CASE(stack_is_aligned_at_entry)
{
    std::uintptr_t address = 1;
    std::string text;
    fiber_context other([&](fiber_context&& caller) {
        alignas(16) std::array<volatile char, 16> local{};
        address = reinterpret_cast<std::uintptr_t>(local.data());
        // The vector registers that a call with variable arguments saves are stored aligned.
        std::array<char, 32> formatted{};
        std::snprintf(formatted.data(), formatted.size(), "%.2f %.1Lf", divide(1, 4), 2.5L);
        text = formatted.data();
        return std::move(caller);
    });
    other = resume(std::move(other));
    BOOST_TEST(address % 16 == 0U);
    BOOST_TEST(text == "0.25 2.5");
}

BOOST_AUTO_TEST_CASE(integers_survive)
{
    check_values_survive<std::int64_t>();
}

BOOST_AUTO_TEST_CASE(vector_registers_survive)
{
    check_values_survive<float>();
    check_values_survive<double>();
}

BOOST_AUTO_TEST_CASE(extended_precision_survives)
{
    check_values_survive<long double>();
}

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(callee_saved_registers_survive)
{
    auto other = spoiler();
    std::array<std::int64_t, 4> seen{};
    for (int round = 0; round < 3; ++round)
    {
        register std::int64_t r12 asm("r12") = 12 + round;
        register std::int64_t r13 asm("r13") = 13 + round;
        register std::int64_t r14 asm("r14") = 14 + round;
        register std::int64_t r15 asm("r15") = 15 + round;
        asm volatile("" : "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15));
        other = resume(std::move(other));
        asm volatile("" : "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15));
        seen = {r12, r13, r14, r15};
        const std::array<std::int64_t, 4> expected{12 + round, 13 + round, 14 + round, 15 + round};
        BOOST_TEST(seen == expected);
    }
}
#endif

BOOST_AUTO_TEST_CASE(rounding_mode_belongs_to_the_stack)
{
    // valgrind calculates with the default mode only.
    const auto nearest = seventh<double>();
    const auto nearest_extended = seventh<long double>();
    double inside = 0;
    long double inside_extended = 0;
    fiber_context other([&](fiber_context&& caller) -> fiber_context {
        std::fesetround(FE_UPWARD);
        for (;;)
        {
            caller = resume(std::move(caller));
            inside = seventh<double>();
            inside_extended = seventh<long double>();
        }
    });
    other = resume(std::move(other));
    BOOST_TEST(std::fegetround() == FE_TONEAREST);
    BOOST_TEST(seventh<double>() == nearest);
    other = resume(std::move(other));
    BOOST_TEST(inside > nearest);
    BOOST_TEST(inside_extended > nearest_extended);
    std::fesetround(FE_DOWNWARD);
    other = resume(std::move(other));
    const auto mode_after = std::fegetround();
    const auto inside_after = inside;
    std::fesetround(FE_TONEAREST);
    BOOST_TEST(mode_after == FE_DOWNWARD);
    BOOST_TEST(inside_after > nearest);
}

BOOST_AUTO_TEST_CASE(starts_with_the_rounding_mode_of_its_maker)
{
    int mode_at_start = -1;
    std::fesetround(FE_TOWARDZERO);
    fiber_context other([&](fiber_context&& caller) {
        mode_at_start = std::fegetround();
        return std::move(caller);
    });
    std::fesetround(FE_TONEAREST);
    other = resume(std::move(other));
    BOOST_TEST(mode_at_start == FE_TOWARDZERO);
    BOOST_TEST(std::fegetround() == FE_TONEAREST);
}

BOOST_AUTO_TEST_CASE(control_words_compare_by_modes_only)
{
    using namespace weft::detail;
    const auto before = current_floating_control();
    volatile double tiny = 1e-300;
    tiny = tiny * tiny; // raises inexact and underflow
    BOOST_TEST(same_modes(before, current_floating_control()));
    std::feclearexcept(FE_ALL_EXCEPT);
    std::fesetround(FE_UPWARD);
    const auto upward = current_floating_control();
    set_floating_control(before, upward);
    const auto mode = std::fegetround();
    std::fesetround(FE_TONEAREST);
    BOOST_TEST(!same_modes(before, upward));
    BOOST_TEST(mode == FE_TONEAREST);
}

BOOST_AUTO_TEST_CASE(red_zone_is_left_alone)
{
    using namespace weft::detail;
    weft::test::own_memory<> memory;
    const weft::stack where = memory.where();
    main_side here;
    execution there;
    here.other = &there;
    there.describe_stack(where);
#if defined(WEFT_TSAN)
    there.tsan_fiber = __tsan_create_fiber(0);
#endif
    prepare_execution<&leaf_on_other_side>(there, where.top(), where.size);
    const auto anchors = current_thread_anchors();
    for (int round = 0; round < 3; ++round)
    {
        BOOST_TEST(leaf(here, there, anchors) == 21);
    }
#if defined(WEFT_TSAN)
    __tsan_destroy_fiber(there.tsan_fiber);
#endif
}

BOOST_AUTO_TEST_CASE(exceptions_between_many_switches)
{
    // Each side throws through frames that have switched, and catches while the other side is in the same state.
    const auto body = [this](const char* name, int rounds, fiber_context& peer) {
        for (int round = 0; round < rounds; ++round)
        {
            try
            {
                struct switches_on_unwinding
                {
                    fiber_context& peer;
                    ~switches_on_unwinding()
                    {
                        peer = resume(std::move(peer));
                    }
                } const guard{peer};
                peer = resume(std::move(peer));
                throw std::runtime_error(name + std::to_string(round));
            }
            catch (const std::runtime_error& error)
            {
                peer = resume(std::move(peer));
                note(error.what());
            }
        }
    };
    fiber_context other([&](fiber_context&& caller) {
        body("b", 50, caller);
        return std::move(caller);
    });
    body("a", 50, other);
    while (!other.empty())
    {
        other = resume(std::move(other));
    }
    sequence expected;
    for (int round = 0; round < 50; ++round)
    {
        expected.push_back("a" + std::to_string(round));
        expected.push_back("b" + std::to_string(round));
    }
    BOOST_TEST((steps == expected));
}

BOOST_AUTO_TEST_CASE(deep_recursion)
{
    auto other = spoiler();
    struct recursion
    {
        static long down(fiber_context& other, long depth)
        {
            volatile long mine = depth;
            if (depth % 16 == 0)
            {
                other = resume(std::move(other));
            }
            const auto below = depth == 0 ? 0 : down(other, depth - 1);
            if (depth % 16 == 8)
            {
                other = resume(std::move(other));
            }
            return below + mine;
        }
    };
    long sum = 0;
    fiber_context deep(std::allocator_arg, weft::guarded_stacks(1024 * 1024), [&](fiber_context&& caller) {
        sum = recursion::down(other, 1000);
        return std::move(caller);
    });
    deep = resume(std::move(deep));
    BOOST_TEST(sum == 500500);
}

BOOST_AUTO_TEST_SUITE_END()
