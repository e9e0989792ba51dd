// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/io/serve.hpp>
#include <weft/log/log.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>

namespace weft
{

namespace
{

constexpr auto pause_between_lines = std::chrono::seconds(1);
constexpr auto last_segment = std::chrono::milliseconds(20);

serve_options checked(serve_options options)
{
    options.max_connections = std::max<std::size_t>(options.max_connections, 1);
    return options;
}

void add(std::atomic<std::uint64_t>& counter) noexcept
{
    counter.fetch_add(1, std::memory_order_relaxed);
}

} // namespace

server::server(serve_options options) : options_(checked(std::move(options)))
{
    room_.set();
    if (options_.stop.stop_possible())
    {
        linked_.emplace(options_.stop, [this] { stop(); });
    }
}

void server::stop() noexcept
{
    stop_.request_stop();
}

serve_counters server::counters() const noexcept
{
    const auto get = [](const std::atomic<std::uint64_t>& counter) { return counter.load(std::memory_order_relaxed); };
    return {get(accepted_), get(active_), get(finished_), get(failed_), get(canceled_), get(refused_)};
}

void server::run(detail::listener& from)
{
    fiber_group sessions;
    from.open(sessions);
    std::exception_ptr failure;
    {
        fiber_group accepting;
        accepting.spawn({.name = "accept", .stop = stop_.get_token()}, [&] {
            try
            {
                accept_until_stopped(from, sessions);
            }
            catch (const boost::system::system_error& error)
            {
                if (error.code() != boost::asio::error::operation_aborted)
                {
                    failure = std::current_exception();
                }
            }
        });
        accepting.join();
    }
    const auto until = detail::deadline_after(options_.grace);
    accept_the_rest(from, sessions, until);
    from.close();
    if (!sessions.wait_until(until))
    {
        sessions.cancel("server stopped");
    }
    sessions.join();
    if (failure)
    {
        std::rethrow_exception(failure);
    }
}

void server::accept_until_stopped(detail::listener& from, fiber_group& sessions)
{
    for (;;)
    {
        if (options_.when_full == when_full::wait)
        {
            room_.wait();
        }
        boost::system::error_code error;
        from.accept(error);
        if (error == boost::asio::error::operation_aborted || !from.is_open())
        {
            return;
        }
        detail::throw_error(error, "accept");
        admit(from, sessions);
    }
}

void server::accept_the_rest(detail::listener& from, fiber_group& sessions, std::chrono::steady_clock::time_point until)
{
    const deadline limit(until);
    try
    {
        if (from.has_peer())
        {
            admit(from, sessions);
        }
        if (from.is_open() && !from.is_shared())
        {
            from.refuse_others();
            empty_queue(from, sessions);
            // For clients that are connected by their own account: the last segment that says so is on its way.
            this_fiber::sleep_for(last_segment);
            empty_queue(from, sessions);
        }
    }
    catch (const boost::system::system_error& error)
    {
        if (error.code() != boost::asio::error::timed_out)
        {
            throw;
        }
        if (from.has_peer())
        {
            refuse(from);
        }
    }
}

void server::empty_queue(detail::listener& from, fiber_group& sessions)
{
    // Where others cannot be refused, they may come as fast as they are accepted.
    constexpr int most = 4096;
    for (int i = 0; i < most; ++i)
    {
        boost::system::error_code error;
        from.try_accept(error);
        if (!error)
        {
            admit(from, sessions);
        }
        else if (detail::react_to_accept_error(error) != detail::accept_reaction::retry)
        {
            return;
        }
    }
}

void server::admit(detail::listener& from, fiber_group& sessions)
{
    while (!take_room())
    {
        if (options_.when_full == when_full::refuse)
        {
            add(accepted_);
            refuse(from);
            return;
        }
        wait_for_room();
    }
    add(accepted_);
    auto wanted = options_.session;
    wanted.deadline = std::min(wanted.deadline, detail::deadline_after(options_.connection_limit));
    try
    {
        from.start(sessions, wanted);
    }
    catch (const std::exception& error)
    {
        from.drop_peer();
        leave(refused_);
        report_no_fiber(error);
    }
}

void server::report_no_fiber(const std::exception& error) noexcept
{
    WEFT_LOG_LIMITED(warn, pause_between_lines, "a connection was closed, for want of a fiber: {}", error.what());
}

bool server::take_room() noexcept
{
    auto active = active_.load();
    do
    {
        if (active >= options_.max_connections)
        {
            return false;
        }
    } while (!active_.compare_exchange_weak(active, active + 1));
    if (active + 1 == options_.max_connections)
    {
        close_room();
    }
    return true;
}

/// Whoever leaves on another thread meanwhile either sets the event behind this or is seen here.
void server::close_room() noexcept
{
    room_.reset();
    if (active_.load() < options_.max_connections)
    {
        room_.set();
    }
}

void server::wait_for_room()
{
    close_room();
    room_.wait();
}

void server::refuse(detail::listener& from) noexcept
{
    add(refused_); // first: the peer's thread may look when it sees the end
    from.drop_peer();
}

void server::leave(std::atomic<std::uint64_t>& outcome) noexcept
{
    active_.fetch_sub(1);
    add(outcome);
    room_.set();
}

void server::place::failed() noexcept
try
{
    throw;
}
catch (const boost::system::system_error& error)
{
    if (error.code() == boost::asio::error::operation_aborted && this_fiber::cancellation_requested())
    {
        return;
    }
    outcome_ = &owner_.failed_;
    WEFT_LOG_LIMITED(warn, pause_between_lines, "a connection's handler has failed: {}", error.what());
}
catch (const std::exception& error)
{
    outcome_ = &owner_.failed_;
    WEFT_LOG_LIMITED(warn, pause_between_lines, "a connection's handler has failed: {}", error.what());
}
catch (...)
{
    outcome_ = &owner_.failed_;
    WEFT_LOG_LIMITED(warn, pause_between_lines, "a connection's handler has failed with an unknown exception");
}

} // namespace weft
