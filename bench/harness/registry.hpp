// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_HARNESS_REGISTRY_HPP
#define WEFT_BENCH_HARNESS_REGISTRY_HPP

#include "harness/stopwatch.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace weft::bench
{

/// How much work a repetition may be.
enum class effort
{
    full,
    quick
};

/// Does about that many operations; the harness chooses their number and reports nanoseconds for each.
using timed_loop = std::function<sample(std::uint64_t operations)>;

/// Measures by itself and returns the value in the case's unit.
using measurement = std::function<double(effort)>;

/// One system's way to do what a case asks for.
struct contender
{
    std::string system;
    std::variant<timed_loop, measurement> body;
    std::string note; ///< printed below the table
};

/// What weft, or another system, wants to reach: `limit` times the rival's median, or `limit` in the case's unit if there
/// is no rival.
struct target
{
    double limit;
    std::string rival;
    std::string system;
};

struct bench_case
{
    std::string name;
    std::string unit;
    std::vector<contender> contenders;
    std::vector<target> targets;

    bench_case& timed(std::string system, timed_loop loop, std::string note = {})
    {
        contenders.push_back({std::move(system), std::move(loop), std::move(note)});
        return *this;
    }
    bench_case& measured(std::string system, measurement measure, std::string note = {})
    {
        contenders.push_back({std::move(system), std::move(measure), std::move(note)});
        return *this;
    }
    bench_case& at_most(double limit, std::string rival = {}, std::string system = "weft")
    {
        targets.push_back({limit, std::move(rival), std::move(system)});
        return *this;
    }
};

/// The cases in the order in which they are run.
class registry
{
public:
    bench_case& add(std::string name, std::string unit)
    {
        return cases_.emplace_back(bench_case{std::move(name), std::move(unit), {}, {}});
    }

    const std::deque<bench_case>& cases() const
    {
        return cases_;
    }
    std::deque<bench_case>& cases()
    {
        return cases_;
    }

private:
    std::deque<bench_case> cases_; // references to cases stay valid
};

} // namespace weft::bench

#endif
