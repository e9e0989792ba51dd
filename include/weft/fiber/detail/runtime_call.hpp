// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_RUNTIME_CALL_HPP
#define WEFT_FIBER_DETAIL_RUNTIME_CALL_HPP

#include <weft/fiber/detail/sleeper.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace weft::detail
{

class runtime_worker;
class scheduler_core;

/// A place among the fibers of a runtime's worker, from the spawn until the end of the fiber's function.
class runtime_place
{
public:
    /// The worker has counted it already.
    explicit runtime_place(runtime_worker& worker) noexcept : worker_(&worker) {}
    runtime_place(runtime_place&& other) noexcept : worker_(std::exchange(other.worker_, nullptr)) {}
    runtime_place& operator=(runtime_place&&) = delete;
    ~runtime_place()
    {
        if (worker_ != nullptr)
        {
            leave();
        }
    }

    scheduler_core& core() const noexcept;

    /// The first act of the fiber: one that comes when the others have been cancelled is so too.
    void begin() const noexcept;

    /// The running fiber's function has thrown this. An `operation_aborted` when it was cancelled, or could not spawn because
    /// the runtime stops, is no failure.
    void fail(const std::exception_ptr& error) const noexcept;

    /// The fiber could not start.
    void fail_to_start(const std::exception_ptr& error) const noexcept;

private:
    void leave() noexcept;

    runtime_worker* worker_;
};

/// The body of a fiber that nobody joins.
template <class F>
struct collected_call
{
    runtime_place place;
    F function;

    void operator()() &&
    {
        place.begin();
        try
        {
            std::move(function)();
        }
        catch (const tear_down_unwind&)
        {
            throw;
        }
        catch (...)
        {
            place.fail(std::current_exception());
        }
    }

    void fail(const std::exception_ptr& why) noexcept
    {
        place.fail_to_start(why);
    }
};

/// The body of one whose result somebody waits for.
template <class F>
struct counted_call
{
    runtime_place place;
    F function;

    std::invoke_result_t<F> operator()() &&
    {
        place.begin();
        return std::move(function)();
    }
};

} // namespace weft::detail

#endif
