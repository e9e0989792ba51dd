// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "cases.hpp"
#include "io/echo_servers.hpp"
#include "io/load_client.hpp"
#include "io/request_cases.hpp"

#include <cstddef>
#include <memory>

namespace weft::bench
{
namespace
{

void add_cases(registry& all, std::size_t connections, double system_calls)
{
    const auto clients = [=](std::uint16_t port) -> load {
        const auto client = std::make_shared<load_client>(port, connections);
        return [=](std::chrono::nanoseconds duration) { return client->run(duration); };
    };
    const auto added = add_request_cases(all, "echo", connections, echo_servers(), clients);
    added.processor.at_most(1.08, "raw");
    for (const auto& each : echo_servers())
    {
        const std::string system = each.system;
        if (system.starts_with("asio."))
        {
            added.processor.at_most(1, system);
        }
    }
    added.system_calls.at_most(system_calls);
    added.allocations.at_most(0);
}

} // namespace

std::vector<named_server> echo_servers()
{
    return {
        {"weft", serve_with_weft},
        {"raw", serve_with_raw_epoll},
        {"boost.fiber", serve_with_boost_fiber},
        {"asio.callback", serve_with_asio_callbacks},
        {"asio.spawn", serve_with_asio_spawn},
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
        {"asio.awaitable", serve_with_asio_awaitable},
#endif
    };
}

void add_echo_cases(registry& all)
{
    add_cases(all, 1, 4);
    add_cases(all, 100, 2.1);
}

} // namespace weft::bench
