// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_FIBER_GROUP_FIXTURE_HPP
#define WEFT_TEST_FIBER_GROUP_FIXTURE_HPP

#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace weft::test
{

/// What the call throws: the text of a `runtime_error`, "aborted", "timed_out"; "-" if it returns.
template <class Call>
std::string outcome_of(Call&& call)
{
    try
    {
        const auto code = error_of(std::forward<Call>(call));
        return code == aborted ? "aborted" : code == timed_out ? "timed_out" : code ? "?" : "-";
    }
    catch (const std::runtime_error& failure)
    {
        return failure.what();
    }
}

struct group_fixture : virtual_time
{
    /// Sleeps so long, or says that and why it could not.
    auto sleeper(std::string name, std::chrono::milliseconds time)
    {
        return [this, name = std::move(name), time] {
            try
            {
                this_fiber::sleep_for(time);
                note_time(name);
            }
            catch (...)
            {
                note_time(name + ":" + std::string(this_fiber::cancel_reason().text()));
                throw;
            }
        };
    }

    auto thrower(std::string text, std::chrono::milliseconds time)
    {
        return [text = std::move(text), time] {
            this_fiber::sleep_for(time);
            throw std::runtime_error(text);
        };
    }

    void note_outcome(const std::string& what)
    {
        note_time(what);
    }
};

} // namespace weft::test

#endif
