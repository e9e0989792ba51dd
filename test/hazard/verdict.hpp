// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_HAZARD_VERDICT_HPP
#define WEFT_TEST_HAZARD_VERDICT_HPP

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

namespace weft::test
{

/// Checks from any thread and any fiber, reported on the test's own thread when this goes out of scope. It must live
/// longer than all that may check.
class verdict
{
public:
    verdict() = default;
    verdict(const verdict&) = delete;
    verdict& operator=(const verdict&) = delete;
    ~verdict()
    {
        BOOST_TEST(failures() == 0, first_);
    }

    void check(bool condition, const char* what)
    {
        if (!condition)
        {
            ++failures_;
            const std::lock_guard lock(mutex_);
            if (first_.empty())
            {
                first_ = what;
            }
        }
    }

    int failures() const noexcept
    {
        return failures_;
    }

    /// What has failed first; nothing is reported any more.
    std::string forgive()
    {
        failures_ = 0;
        return std::exchange(first_, {});
    }

private:
    std::atomic<int> failures_{0};
    std::mutex mutex_;
    std::string first_; // guarded by mutex_
};

} // namespace weft::test

#endif
