// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/generator.hpp>

#include "cases.hpp"
#include "context/raw_ring.hpp"

#include <boost/coroutine2/all.hpp>

#include <coroutine>
#include <cstdint>
#include <exception>
#include <utility>

namespace weft::bench
{
namespace
{

/// What a compiler makes of the least possible: the frame of a C++20 coroutine, which cannot yield out of a call.
class stackless
{
public:
    struct promise_type
    {
        stackless get_return_object()
        {
            return stackless(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept
        {
            return {};
        }
        std::suspend_always final_suspend() noexcept
        {
            return {};
        }
        std::suspend_always yield_value(std::uint64_t next) noexcept
        {
            value = next;
            return {};
        }
        void return_void() {}
        [[noreturn]] void unhandled_exception()
        {
            std::terminate();
        }

        std::uint64_t value = 0;
    };

    explicit stackless(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
    // clang 14 moves what a coroutine returns.
    stackless(stackless&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
    stackless& operator=(stackless&&) = delete;
    ~stackless()
    {
        if (frame_)
        {
            frame_.destroy();
        }
    }

    std::uint64_t next()
    {
        frame_.resume();
        return frame_.promise().value;
    }

private:
    std::coroutine_handle<promise_type> frame_;
};

stackless count_stackless()
{
    for (std::uint64_t i = 0;; ++i)
    {
        co_yield i;
    }
}

/// The sum is looked at, so that no value can be left out.
template <class Next>
sample add_up(std::uint64_t operations, Next next)
{
    std::uint64_t sum = 0;
    const auto done = time_loop(operations, [&] {
        sum += next();
        asm volatile("" : "+r"(sum)::"memory");
    });
    return done;
}

sample next_of_weft(std::uint64_t operations)
{
    generator<std::uint64_t> numbers([](auto& yield) {
        for (std::uint64_t i = 0;; ++i)
        {
            yield(i);
        }
    });
    return add_up(operations, [&numbers] { return *numbers.resume(); });
}

sample next_of_coroutine2(std::uint64_t operations)
{
    boost::coroutines2::coroutine<std::uint64_t>::pull_type numbers([](auto& yield) {
        for (std::uint64_t i = 0;; ++i)
        {
            yield(i);
        }
    });
    return add_up(operations, [&numbers] { return numbers().get(); });
}

sample next_of_a_coroutine(std::uint64_t operations)
{
    auto numbers = count_stackless();
    return add_up(operations, [&numbers] { return numbers.next(); });
}

/// Two jumps and no value.
sample pair_of_jumps(std::uint64_t operations)
{
    const auto done = jump_to_and_fro(operations * 2);
    return {done.elapsed, done.operations / 2};
}

} // namespace

void add_generator_cases(registry& all)
{
    all.add("generator/next", "ns")
        .timed("weft", next_of_weft)
        .timed("raw", pair_of_jumps, "two jumps that carry no value")
        .timed("coroutine2", next_of_coroutine2)
        .timed("c++20", next_of_a_coroutine, "stackless: cannot yield out of a call");
}

} // namespace weft::bench
