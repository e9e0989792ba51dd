// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "load.hpp"

#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <sys/resource.h>
#include <system_error>
#include <utility>
#include <vector>

namespace example
{
namespace
{

/// Fewer than the shortest usual listen queue, so that none has to wait for its SYN to be sent again.
constexpr std::size_t connecting_at_once = 64;

/// The load as phases. In each one, fibers take connection after connection; they share the state below without a lock,
/// because fibers of one scheduler never run at the same time.
class load
{
public:
    explicit load(const load_options& options) : options_(options), broken_(options.connections)
    {
        connections_.reserve(options.connections);
        for (std::size_t i = 0; i < options.connections; ++i)
        {
            connections_.emplace_back(static_cast<std::uint32_t>(i), options.bytes);
        }
    }

    load_result run(const load_hooks& hooks)
    {
        for_each(connecting_at_once, [this](connection& each) { each.open(options_.server); });
        hooks.begin();
        {
            const weft::jfiber ticker([&] {
                for (;;)
                {
                    weft::this_fiber::sleep_for(std::chrono::seconds(1));
                    hooks.second(result_);
                }
            });
            const auto start = connection::clock::now();
            for_each(connections_.size(),
                     [this, until = start + options_.duration](connection& each) { each.ping_pong(until, result_); });
            result_.elapsed = connection::clock::now() - start;
        }
        hooks.end();
        for_each(connections_.size(), [](connection& each) { each.close(); });
        return std::move(result_);
    }

private:
    /// Calls `step` once for each connection that is in order, in so many fibers.
    template <class Step>
    void for_each(std::size_t fibers, Step step)
    {
        std::size_t next = 0;
        std::vector<weft::jfiber> workers;
        for (std::size_t i = 0; i < std::min(fibers, connections_.size()); ++i)
        {
            workers.emplace_back([&] {
                while (next < connections_.size())
                {
                    attempt(next++, step);
                }
            });
        }
        for (auto& worker : workers)
        {
            worker.join();
        }
    }

    template <class Step>
    void attempt(std::size_t number, Step& step)
    {
        if (broken_[number])
        {
            return;
        }
        try
        {
            step(connections_[number]);
        }
        catch (const std::exception& error)
        {
            broken_[number] = true;
            ++result_.errors;
            if (result_.first_error.empty())
            {
                result_.first_error = "connection " + std::to_string(number) + ": " + explain(error);
            }
        }
    }

    static std::string explain(const std::exception& error)
    {
        const auto* system = dynamic_cast<const boost::system::system_error*>(&error);
        if (system == nullptr)
        {
            return error.what();
        }
        return system->code() == boost::asio::error::eof ? "closed by the server, an answer is lost"
                                                         : system->code().message();
    }

    const load_options& options_;
    std::vector<connection> connections_;
    std::vector<bool> broken_;
    load_result result_;
};

} // namespace

load_result run_load(const load_options& options, const load_hooks& hooks)
{
    return load(options).run(hooks);
}

void allow_connections(std::size_t connections)
{
    constexpr std::size_t others = 64; // standard streams, epoll, timers, libraries
    const auto needed = static_cast<rlim_t>(connections + others);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    {
        throw std::system_error(errno, std::generic_category(), "getrlimit");
    }
    if (limit.rlim_max < needed)
    {
        throw std::runtime_error(std::to_string(connections) + " connections need " + std::to_string(needed) +
                                 " file descriptors, and the hard limit is " + std::to_string(limit.rlim_max) +
                                 ": raise it (ulimit -Hn) or ask for fewer connections");
    }
    if (limit.rlim_cur < needed)
    {
        limit.rlim_cur = needed;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
        {
            throw std::system_error(errno, std::generic_category(), "setrlimit");
        }
    }
}

} // namespace example
