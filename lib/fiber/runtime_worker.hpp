// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_RUNTIME_WORKER_HPP
#define WEFT_LIB_FIBER_RUNTIME_WORKER_HPP

#include <weft/fiber/detail/round_listener.hpp>
#include <weft/fiber/runtime_options.hpp>
#include <weft/fiber/scheduler.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>

namespace weft::detail
{

class runtime_core;
class start_gate;

/// A thread of a runtime with its io_context and its scheduler.
class runtime_worker final : public round_listener
{
public:
    /// Errors: those of the io_context and of the stack options.
    runtime_worker(runtime_core& owner, std::size_t number);
    ~runtime_worker();
    runtime_worker(const runtime_worker&) = delete;
    runtime_worker& operator=(const runtime_worker&) = delete;

    runtime_core& owner;
    const std::size_t number;

    // ── any thread ──

    /// Fibers of the runtime that this has been given, counted before they are checked for being allowed, and those of them
    /// that have ended: together they say when nothing is left.
    std::atomic<std::uint64_t> spawned{0};
    std::atomic<std::uint64_t> ended{0};
    std::atomic<std::uint64_t> failed{0};

    /// From now on each fiber that begins here is cancelled at once.
    std::atomic<bool> cancels{false};

    std::uint64_t load() const noexcept
    {
        // Ends first: no fiber ends before it was spawned.
        const auto gone = ended.load(std::memory_order_acquire);
        return spawned.load(std::memory_order_acquire) - gone;
    }

    worker_counters counters() const noexcept;

    /// The runtime stops, or stops sooner.
    void notice_stop() noexcept;

    // ── the runtime's, while no thread runs ──

    /// Errors: `std::system_error` where there is no further thread.
    void start(start_gate& gate);
    void join()
    {
        thread_.join();
    }
    bool has_thread() const noexcept
    {
        return thread_.joinable();
    }

    // ── of the scheduler's rounds ──

    void round_begins(scheduler_core& core) noexcept override;
    bool before_rest(scheduler_core& core) noexcept override;
    void round_is_spent(scheduler_core& core) noexcept override;

private:
    struct stop_node : inbox_node
    {
        runtime_worker* worker;
    };

    void run(start_gate& gate) noexcept;
    void run_until_stopped() noexcept;
    void run_for_the_grace() noexcept;
    void run_to_the_end() noexcept;
    void leave_team() noexcept;
    void wait_for_others() const noexcept;
    bool is_in_team() const noexcept;
    template <class Drive>
    void drive(Drive drive) noexcept;
    bool is_empty() const noexcept;
    void publish(const scheduler_core& core) noexcept;

    std::atomic<std::uint64_t> switches_{0}; // this thread's, for others to read
    std::atomic<std::uint64_t> rounds_{0};
    std::atomic<std::uint64_t> live_{0};
    std::atomic<bool> stop_posted_{false};
    stop_node stop_{{}, this};
    bool asked_ = false; ///< the stop has been noticed; of this thread

public:
    // Behind all that the last fibers use when they are unwound with it.
    boost::asio::io_context io{1};
    scheduler_core& core;

private:
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    std::thread thread_;
};

} // namespace weft::detail

#endif
