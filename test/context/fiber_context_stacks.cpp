// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/fiber_context.hpp>
#include <weft/context/guarded_stacks.hpp>
#include <weft/context/stack.hpp>

#include "fixtures.hpp"
#include "support/allocation_counter.hpp"
#include "support/child_process.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace errc = boost::system::errc;
using weft::fiber_context;
using weft::guarded_stacks;
using weft::stack;
using namespace weft::test;

BOOST_FIXTURE_TEST_SUITE(fiber_context_stacks, recorder)

BOOST_AUTO_TEST_CASE(go_back_to_the_allocator_when_the_context_has_ended)
{
    counting_stacks stacks;
    for (int i = 1; i <= 3; ++i)
    {
        fiber_context other(std::allocator_arg, stacks, [&stacks](fiber_context&& caller) {
            int returned = stacks.returned;
            caller = std::move(caller).resume(&returned);
            return std::move(caller);
        });
        BOOST_TEST(stacks.taken == i);
        other = resume(std::move(other));
        BOOST_TEST(*static_cast<int*>(other.value()) == i - 1);
        other = resume(std::move(other));
        BOOST_TEST(stacks.returned == i);
    }
}

BOOST_AUTO_TEST_CASE(an_allocator_passed_as_rvalue_moves_in)
{
    const auto returned = std::make_shared<int>(0);
    {
        fiber_context other(std::allocator_arg, shared_count_stacks{returned, {}},
                            [](fiber_context&& caller) { return resume(std::move(caller)); });
        other = resume(std::move(other));
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
        struct outcome
        {
            std::uintptr_t frame = 1;
            std::uintptr_t captured = 1;
            char text[32] = {};
        } seen;
        const stack where{memory.base() + shift, size - 2 * shift - 1};
        fiber_context other(where, [&seen, captured = wide()](fiber_context&& caller) {
            seen.frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) % 16;
            seen.captured = reinterpret_cast<std::uintptr_t>(&captured) % alignof(wide);
            std::snprintf(seen.text, sizeof seen.text, "%.3f", 1.5); // saves vector registers to aligned places
            return std::move(caller);
        });
        other = resume(std::move(other));
        BOOST_TEST(seen.frame == 0U);
        BOOST_TEST(seen.captured == 0U);
        BOOST_TEST(std::string(seen.text) == "1.500");
    }
}

BOOST_AUTO_TEST_CASE(null_or_too_small_loses_nothing)
{
    const own_memory<> memory;
    auto entry = [held = std::make_unique<witness>(*this, "captured")](fiber_context&& caller) {
        return std::move(caller);
    };
    for (const stack bad : {stack{}, stack{nullptr, small_stack}, memory.where(0), memory.where(1), memory.where(64),
                            memory.where(weft::minimum_stack_size() - 1)})
    {
        BOOST_TEST(
            !failure_of([&] { const fiber_context other(bad, std::move(entry)); }, errc::invalid_argument).empty());
    }
    BOOST_TEST(steps.empty());

    fiber_context other(memory.where(weft::minimum_stack_size()), std::move(entry));
    other = fiber_context();
    BOOST_TEST((steps == sequence{"~captured"}));
}

BOOST_AUTO_TEST_CASE(captures_that_leave_no_room_are_refused)
{
    counting_stacks stacks;
    const std::array<std::byte, small_stack> much{};
    const std::string message = failure_of(
        [&] {
            const fiber_context other(std::allocator_arg, stacks, [much](fiber_context&& caller) {
                static_cast<void>(much);
                return std::move(caller);
            });
        },
        errc::invalid_argument);
    BOOST_TEST(message.find(std::to_string(small_stack) + " bytes") != std::string::npos, message);
    BOOST_TEST(stacks.taken == 1);
    BOOST_TEST(stacks.returned == 1);
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
        fiber_context operator()(fiber_context&& caller)
        {
            return std::move(caller);
        }
    };
    counting_stacks stacks;
    BOOST_CHECK_THROW(fiber_context(std::allocator_arg, stacks, refuses()), expected_error);
    BOOST_TEST(stacks.taken == 1);
    BOOST_TEST(stacks.returned == 1);
}

BOOST_AUTO_TEST_CASE(the_callers_memory_needs_no_heap)
{
    own_memory<> memory;
    int rounds = 0;
    const auto before = weft::test::allocation_count();
    {
        fiber_context other(memory.where(), [&rounds](fiber_context&& caller) {
            while (++rounds != 100)
            {
                caller = resume(std::move(caller));
            }
            return std::move(caller);
        });
        while (other)
        {
            other = resume(std::move(other));
        }
    }
    BOOST_TEST(weft::test::allocation_count() - before == 0U);
    BOOST_TEST(rounds == 100);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(fiber_context_environment)

BOOST_AUTO_TEST_CASE(errno_is_each_contexts_own)
{
    std::vector<int> seen;
    fiber_context other([&seen](fiber_context&& caller) {
        seen.push_back(errno);
        errno = EAGAIN;
        caller = resume(std::move(caller));
        seen.push_back(errno);
        errno = ENOENT;
        return std::move(caller);
    });
    errno = EPIPE;
    other = resume(std::move(other));
    const int after_first = errno;
    errno = EINTR;
    other = resume(std::move(other));
    const int after_second = errno;
    BOOST_TEST(after_first == EPIPE);
    BOOST_TEST(after_second == EINTR);
    BOOST_TEST((seen == std::vector<int>{0, EAGAIN}));
}

BOOST_AUTO_TEST_CASE(an_empty_handle_is_refused)
{
    fiber_context none;
    const auto pass_on = [](fiber_context&& caller) { return std::move(caller); };
    const std::string plain =
        failure_of([&none] { static_cast<void>(std::move(none).resume()); }, errc::invalid_argument);
    BOOST_TEST(plain.find("empty fiber_context") != std::string::npos, plain);
    const std::string with =
        failure_of([&] { static_cast<void>(std::move(none).resume_with(pass_on)); }, errc::invalid_argument);
    BOOST_TEST(with == plain);
}

BOOST_AUTO_TEST_CASE(a_signal_fits_on_the_smallest_stack)
{
    if (skipped_under_sanitizers("their frames do not fit"))
    {
        return;
    }
    static volatile std::sig_atomic_t handled = 0;
    struct sigaction action = {};
    struct sigaction before = {};
    action.sa_handler = [](int) { handled = 1; };
    BOOST_REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
    guarded_stacks stacks(weft::minimum_stack_size());
    fiber_context other(std::allocator_arg, stacks, [](fiber_context&& caller) {
        std::raise(SIGUSR1);
        return std::move(caller);
    });
    other = resume(std::move(other));
    ::sigaction(SIGUSR1, &before, nullptr);
    BOOST_TEST(handled == 1);
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
                if (frame[0] == std::byte{2}) // never, but the compiler cannot know
                {
                    return 0;
                }
                return recurse(frame) + static_cast<int>(frame[0]);
            }
        };
        fiber_context other([](fiber_context&& caller) {
            volatile std::byte first{1};
            std::fprintf(stderr, "%d", endless::recurse(&first));
            return std::move(caller);
        });
        other = resume(std::move(other));
    });
    BOOST_TEST(result.killed_by(SIGSEGV), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
