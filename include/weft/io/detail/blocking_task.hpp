// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_BLOCKING_TASK_HPP
#define WEFT_IO_DETAIL_BLOCKING_TASK_HPP

#include <weft/fiber/detail/waiter.hpp>
#include <weft/fiber/on_thread_stack.hpp>

#include <boost/intrusive/list_hook.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

namespace weft::detail
{

class blocking_core;

/// A call on its way through a `blocking_pool`; lives in the waiting frame, or, if nobody has to stay for its end, where
/// `discard` frees it. Its members are the pool's, under its lock.
struct blocking_task : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>
{
    enum class progress : std::uint8_t
    {
        queued,
        running,
        done,
        withdrawn ///< will never run, or its thread is not in this process
    };

    explicit blocking_task(void (*function)(blocking_task&) noexcept) noexcept : run(function) {}

    void (*const run)(blocking_task&) noexcept;
    /// For one without a waiter: it has run, or never will. Called without the lock, or when a pool ends.
    void (*discard)(blocking_task&) noexcept = nullptr;
    waiter* who = nullptr;
    wait_ticket ticket = 0;
    const void* home = nullptr; ///< names the execution context of the fiber
    progress state = progress::queued;
};

/// Whether the caller is a fiber. Errors: those of `require_may_block`.
bool is_blocking_call_of_fiber();

/// What a task of the running fiber has for a home. May allocate.
const void* home_of_running_fiber();

/// For a task without a waiter. With an error it is not discarded.
boost::system::error_code start_blocking(blocking_core& pool, blocking_task& task);

/// For fibers: waits until the pool has run the task. Errors: it has not run and never will.
boost::system::error_code run_blocking(blocking_core& pool, blocking_task& task);
void run_blocking_or_throw(blocking_core& pool, blocking_task& task);

/// A task with its function and the place for the result.
template <class F>
class blocking_closure : public blocking_task
{
public:
    explicit blocking_closure(std::remove_reference_t<F>& function) noexcept
        : blocking_task(&blocking_closure::execute), function_(function)
    {
    }

    std::invoke_result_t<F> get()
    {
        if (error_ != nullptr)
        {
            std::rethrow_exception(std::move(error_));
        }
        return result_.get();
    }

private:
    static void execute(blocking_task& task) noexcept
    {
        auto& self = static_cast<blocking_closure&>(task);
        try
        {
            self.result_.take_from(std::forward<F>(self.function_));
        }
        catch (...)
        {
            self.error_ = std::current_exception();
        }
    }

    std::remove_reference_t<F>& function_;
    std::exception_ptr error_;
    visit_result<std::invoke_result_t<F>> result_;
};

} // namespace weft::detail

#endif
