// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/runtime.hpp>
#include <weft/io/serve.hpp>
#include <weft/sync/event.hpp>

#include <exception>

namespace weft
{

void detail::call_on_worker(runtime& workers, std::size_t number, const std::function<void()>& call)
{
    manual_reset_event has_ended;
    auto there = workers.make_fiber_on(number, {.name = "serve"}, [&] {
        struct say_so
        {
            manual_reset_event& event;
            ~say_so()
            {
                event.set();
            }
        } const guard{has_ended};
        call();
    });
    try
    {
        has_ended.wait(); // to join does not react to cancellation
    }
    catch (...)
    {
        there.cancel(this_fiber::cancel_reason());
        there.join();
        throw;
    }
    there.join();
}

void server::run_on_workers(runtime& workers, const std::vector<detail::listener*>& from)
{
    fiber_group each;
    std::exception_ptr failure;
    for (std::size_t i = 0; i < from.size(); ++i)
    {
        each.spawn({.name = "serve"}, [&, i] {
            try
            {
                detail::call_on_worker(workers, i, [&, i] { run(*from[i]); });
            }
            catch (const detail::tear_down_unwind&)
            {
                throw;
            }
            catch (...)
            {
                if (this_fiber::cancellation_requested())
                {
                    throw;
                }
                failure = failure != nullptr ? failure : std::current_exception();
                stop();
            }
        });
    }
    each.join();
    if (failure)
    {
        std::rethrow_exception(failure);
    }
}

} // namespace weft
