// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/crew.hpp"

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/allocation_counter.hpp"
#include "support/errors.hpp"
#include "support/slices.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <optional>

namespace weft::test
{
namespace
{

struct violation
{
    const char* what;
};

/// Longer than anything in a scenario takes.
constexpr std::chrono::hours for_ever{10'000};

struct run_in_progress
{
    const scenario_options& options;
    run_result result;
    manual_clock clock;
    std::optional<boost::asio::io_context> io;

    void fail(const char* what) noexcept
    {
        if (result.violation == nullptr)
        {
            result.violation = what;
        }
    }

    /// True if it went as it may.
    bool call(const std::function<void()>& function)
    {
        try
        {
            function();
            return true;
        }
        catch (const violation& failed)
        {
            fail(failed.what);
        }
        catch (const std::bad_alloc&)
        {
            result.out_of_memory = true;
            if (options.failing_allocation == 0)
            {
                fail("bad_alloc has left a fiber");
            }
        }
        catch (const boost::system::system_error& error)
        {
            if (error.code() != aborted || !options.may_abort)
            {
                fail(error.code() == aborted ? "operation_aborted has left a fiber"
                                             : "a system_error has left a fiber");
            }
        }
        catch (const std::exception&)
        {
            fail("an exception has left a fiber");
        }
        return false;
    }
};

constinit thread_local run_in_progress* current_run = nullptr;

__attribute__((noinline)) run_in_progress& this_run() noexcept
{
    return *current_run;
}

} // namespace

void require(bool condition, const char* what)
{
    if (!condition)
    {
        throw violation{what};
    }
}

void step()
{
    this_fiber::yield();
}

crew::~crew()
{
    // Each may wait for any other.
    for (auto& each : fibers_)
    {
        each.request_stop();
    }
}

void crew::cancel(std::size_t number)
{
    fibers_.at(number).request_stop();
}

void crew::run_member(const std::function<void()>& body)
{
    interrupted_ += this_run().call(body) ? 0 : 1;
}

void crew::join()
{
    auto& run = this_run();
    const auto limit = run.clock.now() + for_ever;
    for (auto& each : fibers_)
    {
        while (each.joinable())
        {
            const deadline until(limit);
            const auto failed = error_of([&each] { each.join(); });
            if (failed == timed_out && run.clock.now() >= limit)
            {
                run.fail("a fiber sleeps for ever");
                run.io->stop();
                this_fiber::sleep_until(manual_clock::time_point::max());
            }
            // Without memory for its timer a wait ends early; that one is waited for again.
            if (failed && failed != timed_out)
            {
                throw boost::system::system_error(failed);
            }
        }
    }
}

run_result run_scenario(const std::function<void()>& scenario, const scenario_options& options)
{
    const auto before = outstanding_allocations();
    run_result result;
    bool failed = false;
    {
        run_in_progress run{options, {}, manual_clock(), {}};
        current_run = &run;
        run.io.emplace(1);
        scheduler::of(*run.io).use_clock(&run.clock);
        spawn(*run.io, [&] {
            fail_allocation(options.failing_allocation);
            run.result.finished = run.call(scenario);
            failed = fail_allocation(0) == 0 && options.failing_allocation != 0;
        });
        {
            std::optional<between_slices> slices;
            if (options.look)
            {
                slices.emplace([&](weft::detail::scheduler_core& core) { options.look(core, *run.io); });
            }
            run.io->run();
        }
        run.io.reset();
        result = run.result;
        current_run = nullptr;
    }
    if (options.allocation_failed != nullptr)
    {
        *options.allocation_failed = failed;
    }
    result.leaked = outstanding_allocations() - before;
    return result;
}

} // namespace weft::test
