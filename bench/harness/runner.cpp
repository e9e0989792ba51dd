// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "harness/runner.hpp"

#include "harness/isolation.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>

namespace weft::bench
{
namespace
{

using std::chrono::nanoseconds;

double operations_within(const timed_loop& loop, nanoseconds wanted)
{
    // A short loop is mostly its own start; what it says is trusted from an eighth of the wanted time on.
    for (std::uint64_t operations = 1;; operations *= 4)
    {
        const auto done = loop(operations);
        if (done.elapsed >= wanted / 8)
        {
            const auto scale = static_cast<double>(wanted.count()) / static_cast<double>(done.elapsed.count());
            return std::max(1.0, std::round(static_cast<double>(done.operations) * scale));
        }
        operations = std::max(operations, done.operations);
    }
}

double nanoseconds_per_operation(const timed_loop& loop, std::uint64_t operations)
{
    loop(operations / 16 + 1); // caches, branch predictors and the pages of the heap
    const auto done = loop(operations);
    return static_cast<double>(done.elapsed.count()) / static_cast<double>(done.operations);
}

/// One system on its way through the repetitions.
class course
{
public:
    course(const contender& who, const settings& options) : who_(who), options_(options)
    {
        attempt([this] { calibrate(); });
    }

    void repeat()
    {
        attempt([this] { values_.push_back(run_isolated([this] { return measure(); })); });
    }

    row result()
    {
        row result;
        result.system = who_.system;
        result.note = who_.note;
        result.failure = failure_;
        if (failure_.empty() && !values_.empty())
        {
            std::sort(values_.begin(), values_.end());
            const auto middle = values_.size() / 2;
            result.median = values_.size() % 2 == 1 ? values_[middle] : (values_[middle - 1] + values_[middle]) / 2;
            result.min = values_.front();
            result.max = values_.back();
            result.runs = static_cast<unsigned>(values_.size());
        }
        return result;
    }

private:
    template <class Step>
    void attempt(Step step)
    {
        if (!failure_.empty())
        {
            return;
        }
        try
        {
            step();
        }
        catch (const std::exception& error)
        {
            failure_ = error.what();
        }
    }

    void calibrate()
    {
        if (const auto loop = std::get_if<timed_loop>(&who_.body))
        {
            const nanoseconds wanted =
                options_.how_much == effort::quick ? std::chrono::milliseconds(20) : std::chrono::milliseconds(200);
            operations_ =
                static_cast<std::uint64_t>(run_isolated([loop, wanted] { return operations_within(*loop, wanted); }));
        }
    }

    double measure() const
    {
        if (const auto loop = std::get_if<timed_loop>(&who_.body))
        {
            return nanoseconds_per_operation(*loop, operations_);
        }
        return std::get<measurement>(who_.body)(options_.how_much);
    }

    const contender& who_;
    const settings& options_;
    std::uint64_t operations_ = 1;
    std::vector<double> values_;
    std::string failure_;
};

} // namespace

const row* case_result::find(const std::string& system) const
{
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const row& r) { return r.system == system && r.failure.empty(); });
    return found != rows.end() ? &*found : nullptr;
}

case_result run_case(const bench_case& what, const settings& options)
{
    std::vector<course> courses;
    courses.reserve(what.contenders.size());
    for (const auto& who : what.contenders)
    {
        courses.emplace_back(who, options);
    }
    for (unsigned run = 0; run < options.runs; ++run)
    {
        // Another one begins each time, so that none always follows the same neighbour.
        for (std::size_t i = 0; i < courses.size(); ++i)
        {
            courses[(run + i) % courses.size()].repeat();
        }
    }

    case_result result{what.name, what.unit, {}, what.targets};
    for (auto& each : courses)
    {
        result.rows.push_back(each.result());
    }
    return result;
}

} // namespace weft::bench
