// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_FIBER_TEAM_MEMBER_HPP
#define WEFT_TEST_FIBER_TEAM_MEMBER_HPP

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/work_stealing.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>

namespace weft::test
{

inline const attributes migratable{.migratable = true};

// glibc declares the function behind errno as one whose result never changes; the compiler must not know.
__attribute__((noinline)) inline int& error_number()
{
    asm volatile("" ::: "memory");
    return errno;
}

/// Has what became ready before offered to the others: a running fiber's scheduler sees to that when it makes one.
inline void offer()
{
    fiber([] {}).detach();
}

/// An io_context whose own scheduler is a member of the team. Driven by the test, step by step, or by a thread.
struct member
{
    template <class Algorithm>
    void join(const work_team& team)
    {
        scheduler::of(io).use_algorithm(std::make_unique<Algorithm>(team));
    }
    void start()
    {
        thread = std::thread([this] { io.run(); });
    }
    void finish()
    {
        work.reset();
        if (thread.joinable())
        {
            thread.join();
        }
    }
    /// What is ready, on this thread. Says how many handlers that were.
    std::size_t poll()
    {
        io.restart();
        return io.poll();
    }
    std::size_t live() const
    {
        return scheduler::of(const_cast<boost::asio::io_context&>(io)).counters().live;
    }

    boost::asio::io_context io{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work{io.get_executor()};
    std::thread thread;
};

} // namespace weft::test

#endif
