// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// What all stack allocators have in common.

#include <weft/context/fiber_context.hpp>

#include "fixtures.hpp"
#include "guard_kinds.hpp"
#include "stack_kinds.hpp"
#include "support/child_process.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace errc = boost::system::errc;
using namespace weft::test;
using weft::fiber_context;
using weft::stack;

BOOST_FIXTURE_TEST_SUITE(stack_allocators, recorder)

BOOST_AUTO_TEST_CASE_TEMPLATE(meets_the_concept, Allocator, all_kinds)
{
    static_assert(weft::stack_allocator<Allocator>);
    static_assert(weft::native_stack_allocator<Allocator> != weft::foreign_stack_allocator<Allocator>);
    made<Allocator> one;
    const auto given = one.stacks.allocate();
    auto returned = given;
    one.stacks.deallocate(returned);
    BOOST_TEST(given.size >= weft::minimum_stack_size());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(F8_all_of_a_stack_is_usable_again_and_again, Allocator, native_kinds)
{
    made<Allocator> one;
    for (int round = 0; round != 3; ++round)
    {
        const stack given = one.stacks.allocate();
        BOOST_TEST(given.size >= small_stack - 16U);
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(given.base) % 16 == 0U);
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(given.top()) % 16 == 0U);
        std::memset(given.base, 0x5a, given.size);
        one.stacks.deallocate(given);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(contexts_run_on_it, Allocator, all_kinds)
{
    made<Allocator> one;
    for (int round = 0; round != 3; ++round)
    {
        fiber_context other(std::allocator_arg, one.stacks, [this](fiber_context&& caller) {
            std::array<char, 4096> frame{};
            std::snprintf(frame.data(), frame.size(), "%.2f", 2.5);
            caller = resume(std::move(caller));
            note(frame.data());
            return std::move(caller);
        });
        other = resume(std::move(other));
        BOOST_TEST(!other.empty());
        other = resume(std::move(other));
        BOOST_TEST(other.empty());
    }
    BOOST_TEST((steps == sequence{"2.50", "2.50", "2.50"}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(dropped_contexts_are_unwound_and_give_it_back, Allocator, all_kinds)
{
    made<Allocator> one;
    for (int round = 0; round != 2; ++round)
    {
        fiber_context other(std::allocator_arg, one.stacks, [this](fiber_context&& caller) {
            const witness local(*this, "local");
            return resume(std::move(caller));
        });
        other = resume(std::move(other));
    }
    BOOST_TEST((steps == sequence{"~local", "~local"}));
    const fiber_context not_started(std::allocator_arg, one.stacks,
                                    [](fiber_context&& caller) { return std::move(caller); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_leaves_no_room_is_refused_and_gives_it_back, Allocator, all_kinds)
{
    made<Allocator> one;
    for (int round = 0; round != 2; ++round)
    {
        struct much
        {
            std::byte bytes[2 * weft::default_stack_size];
            fiber_context operator()(fiber_context&& caller)
            {
                return std::move(caller);
            }
        };
        static const much capture{};
        const std::string message = failure_of(
            [&one] { const fiber_context other(std::allocator_arg, one.stacks, capture); }, errc::invalid_argument);
        BOOST_TEST(message.find("bytes") != std::string::npos, message);
    }
    fiber_context other(std::allocator_arg, one.stacks, [](fiber_context&& caller) { return std::move(caller); });
    other = resume(std::move(other));
}

template <class Allocator>
void check_rvalue(recorder& to, Allocator&& stacks)
{
    fiber_context other(std::allocator_arg, std::move(stacks), [&to](fiber_context&& caller) {
        const witness local(to, "local");
        caller = resume(std::move(caller));
        return std::move(caller);
    });
    other = resume(std::move(other));
    other = resume(std::move(other));
}

BOOST_AUTO_TEST_CASE(those_that_move_may_move_in)
{
    const own_memory<> memory;
    check_rvalue(*this, weft::guarded_stacks(small_stack));
    check_rvalue(*this, weft::slab_stacks(small_stack));
    check_rvalue(*this, weft::unguarded_heap_stacks(small_stack));
    check_rvalue(*this, weft::default_stacks());
    check_rvalue(*this, weft::borrowed_stack(memory.where()));
    check_rvalue(*this, boost::context::fixedsize_stack(small_stack));
    check_rvalue(*this, boost::context::protected_fixedsize_stack(small_stack));
    check_rvalue(*this, boost::context::pooled_fixedsize_stack(small_stack));
    BOOST_TEST(steps.size() == 8U);
}

BOOST_AUTO_TEST_CASE(a_context_of_boosts_allocator_runs_below_its_sp)
{
    struct watched : boost::context::fixedsize_stack
    {
        using base = boost::context::fixedsize_stack;
        using base::base;
        boost::context::stack_context allocate()
        {
            given = base::allocate();
            return given;
        }
        void deallocate(boost::context::stack_context& back) noexcept
        {
            same = back.sp == given.sp && back.size == given.size;
            base::deallocate(back);
        }
        boost::context::stack_context given{};
        bool same = false;
    } stacks(small_stack);
    const void* frame = nullptr;
    fiber_context other(std::allocator_arg, stacks, [&frame](fiber_context&& caller) {
        frame = __builtin_frame_address(0);
        return std::move(caller);
    });
    other = resume(std::move(other));
    const auto* const top = static_cast<const char*>(stacks.given.sp);
    BOOST_TEST((frame < top && frame > top - small_stack));
    BOOST_TEST(stacks.same);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(stack_sizes, both_guards)

BOOST_AUTO_TEST_CASE_TEMPLATE(at_least_what_was_asked_and_all_of_it_usable, Allocator, sized_kinds)
{
    with_each([] {
        const std::size_t least = weft::minimum_stack_size();
        for (const std::size_t asked : {least, least + 1, std::size_t{65536}, std::size_t{100001}})
        {
            Allocator stacks(asked);
            const stack one = stacks.allocate();
            BOOST_TEST(stacks.stack_size() >= asked);
            BOOST_TEST(stacks.stack_size() < asked + weft::page_size() + 64);
            BOOST_TEST(one.size == stacks.stack_size());
            BOOST_TEST(reinterpret_cast<std::uintptr_t>(one.base) % 64 == 0U);
            BOOST_TEST(reinterpret_cast<std::uintptr_t>(one.top()) % 64 == 0U);
            std::memset(one.base, 0x5a, one.size);
            stacks.deallocate(one);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(default_is_256_kib, Allocator, sized_kinds)
{
    const Allocator stacks;
    BOOST_TEST(stacks.stack_size() >= 256U * 1024U);
    BOOST_TEST(stacks.stack_size() < 260U * 1024U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_size_that_cannot_be, Allocator, sized_kinds)
{
    constexpr std::size_t most = PTRDIFF_MAX;
    for (const std::size_t asked :
         {std::size_t{0}, std::size_t{1}, weft::minimum_stack_size() - 1, most + 1, SIZE_MAX - 4096, SIZE_MAX})
    {
        const std::string message = failure_of([asked] { const Allocator stacks(asked); }, errc::invalid_argument);
        BOOST_TEST(message.find(std::to_string(asked) + " bytes") != std::string::npos, message);
        BOOST_TEST(message.find(std::to_string(weft::minimum_stack_size())) != std::string::npos, message);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_size_that_the_machine_does_not_have, Allocator, guarded_kinds)
{
    const auto guards = weft::detail::counted_guards();
    with_each([] {
        for (const std::size_t asked : {std::size_t{1} << 60, std::size_t{PTRDIFF_MAX}})
        {
            Allocator stacks(asked);
            const std::string message = failure_of([&stacks] { stacks.allocate(); }, errc::not_enough_memory);
            BOOST_TEST(message.find(std::to_string(asked).substr(0, 8)) != std::string::npos, message);
            BOOST_TEST(message.find("vm.overcommit_memory") != std::string::npos, message);
            BOOST_TEST(stacks.allocated() == 0U);
        }
    });
    BOOST_TEST(weft::detail::counted_guards() == guards);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(stack_guards, both_guards)

BOOST_AUTO_TEST_CASE_TEMPLATE(F8_the_byte_below_a_stack_is_a_fault, Allocator, guarded_kinds)
{
    with_each([] {
        Allocator stacks(65536);
        const stack first = stacks.allocate();
        for (const bool reused : {false, true})
        {
            if (reused)
            {
                stacks.deallocate(stacks.allocate());
            }
            const stack one = stacks.allocate();
            *static_cast<volatile std::byte*>(one.base) = std::byte{1};
            for (const std::size_t below : {std::size_t{1}, weft::page_size()})
            {
                const auto end =
                    run_in_child([=] { *static_cast<volatile std::byte*>(one.base - below) = std::byte{1}; });
                BOOST_TEST(end.killed_by(SIGSEGV), end.errors);
            }
            stacks.deallocate(one);
        }
        stacks.deallocate(first);
    });
}

BOOST_AUTO_TEST_CASE(boosts_protected_ones_have_a_guard_too)
{
    boost::context::protected_fixedsize_stack stacks(small_stack);
    auto given = stacks.allocate();
    auto* const lowest = static_cast<volatile char*>(given.sp) - given.size;
    const auto end = run_in_child([lowest] { *lowest = 1; });
    BOOST_TEST(end.killed_by(SIGSEGV), end.errors);
    stacks.deallocate(given);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(markers_cost_no_mapping, Allocator, guarded_kinds)
{
    if (kinds().front() != guard_kind::marker)
    {
        return;
    }
    constexpr long count = 500;
    const auto mappings_of_many = [] {
        Allocator stacks(65536);
        std::vector<stack> all(count);
        const long before = count_mappings();
        for (stack& each : all)
        {
            each = stacks.allocate();
        }
        const long after = count_mappings();
        for (const stack each : all)
        {
            stacks.deallocate(each);
        }
        return after - before;
    };
    weft::detail::override_guard_kind(guard_kind::protection);
    BOOST_TEST(mappings_of_many() > count);
    weft::detail::override_guard_kind(guard_kind::marker);
    BOOST_TEST(mappings_of_many() < count / 10);
}

BOOST_AUTO_TEST_SUITE_END()
