// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// What a debugger, a profiler or backtrace() sees from inside: where a stack ends, and who resumed a generator.

#include <weft/context/fiber_context.hpp>
#include <weft/context/generator.hpp>

#include "fixtures.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>
#include <unwind.h>
#include <utility>
#include <vector>

using weft::fiber_context;
using weft::generator;
using weft::test::resume;

namespace
{

struct call_stack
{
    std::vector<void*> return_addresses;
    bool ended = false; ///< the unwinder found the end, and did not lose its way
};

[[gnu::noinline]] call_stack current_call_stack()
{
    call_stack seen;
    seen.return_addresses.reserve(200);
    const auto result = _Unwind_Backtrace(
        [](_Unwind_Context* frame, void* where) {
            auto& all = static_cast<call_stack*>(where)->return_addresses;
            const auto address = reinterpret_cast<void*>(_Unwind_GetIP(frame));
            if (address == nullptr)
            {
                return _URC_NO_REASON;
            }
            all.push_back(address);
            // More than any stack here has: lost.
            return all.size() < 200 ? _URC_NO_REASON : _URC_NORMAL_STOP;
        },
        &seen);
    seen.ended = result == _URC_END_OF_STACK;
    return seen;
}

bool contains(const call_stack& all, void* address)
{
    return std::find(all.return_addresses.begin(), all.return_addresses.end(), address) != all.return_addresses.end();
}

/// Behind a call that would be the caller's last act: else the caller's frame is gone meanwhile.
void no_tail_call()
{
    asm volatile("" ::: "memory");
}

/// Resumes `which` from a frame that `return_address` tells from all others.
template <class Generator>
[[gnu::noinline]] void resume_from_here(Generator& which, void*& return_address)
{
    return_address = __builtin_return_address(0);
    static_cast<void>(which.resume());
    no_tail_call();
}

#if defined(WEFT_INLINE_SWITCH)
constexpr bool spliced = true;
#else
constexpr bool spliced = false;
#endif

} // namespace

BOOST_AUTO_TEST_SUITE(call_stacks)

BOOST_AUTO_TEST_CASE(ends_at_the_entry_of_a_context)
{
    call_stack inside;
    call_stack later;
    fiber_context other([&](fiber_context&& caller) {
        inside = current_call_stack();
        caller = resume(std::move(caller));
        later = current_call_stack();
        return std::move(caller);
    });
    other = resume(std::move(other));
    other = resume(std::move(other));
    for (const auto& seen : {inside, later})
    {
        BOOST_TEST(seen.ended);
        BOOST_TEST(seen.return_addresses.size() > 2U);
        BOOST_TEST(seen.return_addresses.size() < 20U);
    }
}

BOOST_AUTO_TEST_CASE(goes_on_from_a_generator_to_whoever_resumed_it)
{
    std::vector<call_stack> seen;
    generator<int> inner([&](auto& yield) {
        for (int i = 0;; ++i)
        {
            seen.push_back(current_call_stack());
            yield(i);
        }
    });
    // From two places, one of them on the stack of another generator.
    void* first_place = nullptr;
    void* second_place = nullptr;
    void* place_of_outer = nullptr;
    resume_from_here(inner, first_place);
    generator<int> outer([&](auto&) {
        resume_from_here(inner, second_place);
        no_tail_call();
    });
    resume_from_here(outer, place_of_outer);
    BOOST_REQUIRE(seen.size() == 2U);
    BOOST_TEST(seen[0].ended);
    BOOST_TEST(seen[1].ended);
    BOOST_TEST(contains(seen[0], first_place) == spliced);
    BOOST_TEST(contains(seen[1], second_place) == spliced);
    BOOST_TEST(contains(seen[1], place_of_outer) == spliced);
    BOOST_TEST(!contains(seen[1], first_place));
}

BOOST_AUTO_TEST_CASE(goes_on_into_a_fiber_context_and_ends_there)
{
    call_stack inside;
    void* place = nullptr;
    fiber_context other([&](fiber_context&& caller) {
        generator<int> numbers([&](auto& yield) {
            inside = current_call_stack();
            yield(1);
        });
        resume_from_here(numbers, place);
        return std::move(caller);
    });
    other = resume(std::move(other));
    BOOST_TEST(inside.ended);
    BOOST_TEST(contains(inside, place) == spliced);
    BOOST_TEST(inside.return_addresses.size() < 30U);
}

BOOST_AUTO_TEST_CASE(exceptions_do_not_take_the_same_way)
{
    // The resumer's handlers are on the spliced call stack too; an exception must find the generator's end instead.
    bool caught_outside = false;
    generator<int> throwing([](auto& yield) {
        yield(1);
        throw weft::test::expected_error("from the body");
    });
    static_cast<void>(throwing.resume());
    try
    {
        static_cast<void>(throwing.resume());
    }
    catch (const weft::test::expected_error&)
    {
        caught_outside = true;
    }
    BOOST_TEST(caught_outside);
    BOOST_TEST(throwing.done());
}

BOOST_AUTO_TEST_SUITE_END()
