// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "scheduler_driver.hpp"

#include <weft/fiber/detail/scheduler_core.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <utility>

namespace asio = boost::asio;

namespace weft::detail
{

namespace
{

/// Keeps a scheduler alive while something of it is in the hands of the executor.
class core_reference
{
public:
    explicit core_reference(scheduler_core& core) noexcept : core_(&core)
    {
        core.add_reference();
    }
    core_reference(core_reference&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
    core_reference& operator=(core_reference&&) = delete;
    ~core_reference()
    {
        if (core_ != nullptr)
        {
            core_->release();
        }
    }
    scheduler_core* get() const noexcept
    {
        return core_;
    }

private:
    scheduler_core* core_;
};

/// The memory reserved in the driver. Giving back does nothing: the scheduler may be gone by then, and the next pump
/// is posted only after this one has left its memory.
template <class T>
struct pump_allocator
{
    using value_type = T;

    std::byte* memory;
    std::size_t bytes;

    template <class U>
    friend struct pump_allocator;

    pump_allocator(std::byte* where, std::size_t size) noexcept : memory(where), bytes(size) {}
    template <class U>
    pump_allocator(const pump_allocator<U>& other) noexcept : memory(other.memory), bytes(other.bytes)
    {
    }

    T* allocate(std::size_t count)
    {
        const auto wanted = count * sizeof(T);
        return static_cast<T*>(wanted <= bytes ? memory : ::operator new(wanted));
    }
    void deallocate(T* where, std::size_t count) noexcept
    {
        if (count * sizeof(T) > bytes)
        {
            ::operator delete(where);
        }
    }
    template <class U>
    bool operator==(const pump_allocator<U>& other) const noexcept
    {
        return memory == other.memory;
    }
};

struct tear_down_handler
{
    core_reference core;
    int attempt;

    tear_down_handler(scheduler_core& which, int number) noexcept : core(which), attempt(number) {}
    tear_down_handler(tear_down_handler&&) = default;
    tear_down_handler& operator=(tear_down_handler&&) = delete;

    ~tear_down_handler()
    {
        if (core.get() == nullptr)
        {
            return;
        }
        constexpr int attempts = 8;
        if (!core.get()->tear_down(attempt == attempts))
        {
            scheduler_driver::post_tear_down(*core.get(), attempt + 1);
        }
    }

    // An execution context that goes away runs no handler any more.
    void operator()() const noexcept {}
};

/// Below strands there is an executor whose queue outlives them all while the context is destroyed.
asio::any_io_executor innermost(const asio::any_io_executor& executor)
{
    if (const auto strand = executor.target<asio::strand<asio::any_io_executor>>())
    {
        return innermost(strand->get_inner_executor());
    }
    if (const auto strand = executor.target<asio::strand<asio::io_context::executor_type>>())
    {
        return strand->get_inner_executor();
    }
    return executor;
}

} // namespace

struct pump_handler
{
    using allocator_type = pump_allocator<void*>;

    core_reference core;
    std::byte* memory;

    pump_handler(scheduler_core& which, std::byte* where) noexcept : core(which), memory(where) {}

    allocator_type get_allocator() const noexcept
    {
        return {memory, scheduler_driver::pump_bytes};
    }

    void operator()() const noexcept
    {
        core.get()->run_posted_round();
    }
};

scheduler_driver::scheduler_driver(asio::any_io_executor executor)
    : executor_(std::move(executor)), io_context_(nullptr), timer_(executor_)
{
    if (const auto own = executor_.target<asio::io_context::executor_type>())
    {
        io_context_ = &own->context();
    }
}

void scheduler_driver::post_pump(scheduler_core& core)
{
    if (io_context_ != nullptr)
    {
        asio::post(io_context_->get_executor(), pump_handler{core, pump_memory_});
    }
    else
    {
        asio::post(executor_, pump_handler{core, pump_memory_});
    }
}

bool scheduler_driver::is_running_here() const noexcept
{
    if (io_context_ != nullptr)
    {
        return io_context_->get_executor().running_in_this_thread();
    }
    if (const auto strand = executor_.target<asio::strand<asio::any_io_executor>>())
    {
        return strand->running_in_this_thread();
    }
    if (const auto strand = executor_.target<asio::strand<asio::io_context::executor_type>>())
    {
        return strand->running_in_this_thread();
    }
    return false;
}

void scheduler_driver::arm_timer(scheduler_core& core, time_point when)
{
    timer_->expires_at(when);
    timer_->async_wait([core = core_reference{core}](const boost::system::error_code& error) {
        if (!error)
        {
            core.get()->run_timer_tick();
        }
    });
}

void scheduler_driver::disarm_timer()
{
    timer_->cancel();
}

void scheduler_driver::hold()
{
    work_.emplace(executor_);
}

void scheduler_driver::unhold() noexcept
{
    work_.reset();
}

void scheduler_driver::shut_down() noexcept
{
    work_.reset();
    timer_.reset();
}

void scheduler_driver::post_tear_down(scheduler_core& core, int attempt) noexcept
{
    try
    {
        asio::post(innermost(core.get_executor()), tear_down_handler{core, attempt});
    }
    catch (const std::bad_alloc&)
    {
        core.tear_down(true);
    }
}

} // namespace weft::detail
