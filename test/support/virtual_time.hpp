// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_VIRTUAL_TIME_HPP
#define WEFT_TEST_SUPPORT_VIRTUAL_TIME_HPP

#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/recorder.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weft::test
{

/// Of fibers or of threads.
template <class Joinables>
void join_all(Joinables& all)
{
    for (auto& one : all)
    {
        one.join();
    }
}

/// A fixture: a record of what happened, and programs in virtual time that must leave no fiber behind.
struct virtual_time : recorder
{
    explicit virtual_time(manual_clock::when_idle behaviour = manual_clock::when_idle::jump);
    ~virtual_time();

    /// Virtual milliseconds since the beginning of the test.
    long long milliseconds() const;

    /// Notes `what@<virtual milliseconds>`.
    void note_time(std::string_view what);

    /// `weft::run`, and nothing is left when it has returned or thrown.
    template <class F>
    auto run(F&& function)
    {
        if constexpr (std::is_void_v<std::invoke_result_t<F>>)
        {
            run_and_check(std::ref(function));
            return 0;
        }
        else
        {
            std::optional<std::invoke_result_t<F>> result;
            run_and_check([&] { result.emplace(function()); });
            return std::move(*result);
        }
    }

    manual_clock clock;
    const manual_clock::time_point start = clock.now();

private:
    void run_and_check(const std::function<void()>& function);
};

/// As `virtual_time`, with a clock that only `advance` moves.
struct standing_time : virtual_time
{
    standing_time() : virtual_time(manual_clock::when_idle::stand) {}
};

/// No fiber is left in it.
void check_empty(const scheduler& used);

} // namespace weft::test

#endif
