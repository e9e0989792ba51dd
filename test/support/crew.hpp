// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_CREW_HPP
#define WEFT_TEST_SUPPORT_CREW_HPP

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/jfiber.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

// Scenarios: what `every_step` and the schedule explorer run again and again.
namespace weft::test
{

/// In a scenario, in place of Boost.Test's checks, which allocate and expect to be on the test's own thread: unless
/// `condition` holds, this run has failed, and `what`, a literal, says why.
void require(bool condition, const char* what);

/// Counts one down at the end of its scope.
struct counted_down
{
    int& count;
    ~counted_down()
    {
        --count;
    }
};

/// Let the other fibers of the scenario run here. For the explorer: anything may happen at this point.
void step();

/// The fibers of a scenario, declared after what they use. A fiber that is cancelled, or lacks memory, when the run is
/// about that, ends early and counts as interrupted; whatever else leaves its function has failed the run.
class crew
{
public:
    crew() = default;
    ~crew();
    crew(const crew&) = delete;
    crew& operator=(const crew&) = delete;

    /// Errors: `std::bad_alloc` and others, as for `fiber`.
    template <class F>
    void start(F body)
    {
        fibers_.emplace_back([this, body = std::move(body)]() mutable { run_member(std::ref(body)); });
    }

    /// Asks the fiber with that number, in the order of `start`, to end.
    void cancel(std::size_t number);

    /// Waits until all have ended. The run has failed when one of them sleeps for ever.
    void join();

    /// How many have been, so far.
    int interrupted() const noexcept
    {
        return interrupted_;
    }

private:
    void run_member(const std::function<void()>& body);

    int interrupted_ = 0;
    std::vector<jfiber> fibers_;
};

/// How a run of a scenario has ended.
struct run_result
{
    const char* violation = nullptr; ///< null: none
    bool finished = false;           ///< the scenario has returned
    bool out_of_memory = false;      ///< `std::bad_alloc` has left the scenario, which was allowed
    std::int64_t leaked = 0;         ///< allocations, this run's own memory apart

    explicit operator bool() const noexcept
    {
        return violation == nullptr && leaked == 0;
    }
};

/// What may end a fiber of a run early.
struct scenario_options
{
    bool may_abort = false;
    std::uint64_t failing_allocation = 0; ///< counted from the beginning of the scenario; 0 for none
    /// As for `between_slices`; none: the scheduler runs as ever.
    std::function<void(weft::detail::scheduler_core&, boost::asio::io_context&)> look;
    bool* allocation_failed = nullptr; ///< set if the failing one was reached
};

/// Runs `scenario()` as the first fiber of an io_context of its own, in virtual time, and sees to it that nothing is
/// left. An io_context that `look` has stopped is destroyed with all its fibers.
run_result run_scenario(const std::function<void()>& scenario, const scenario_options& options);

} // namespace weft::test

#endif
