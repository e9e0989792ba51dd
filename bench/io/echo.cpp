// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "cases.hpp"
#include "io/echo_servers.hpp"
#include "io/load_client.hpp"
#include "io/server_process.hpp"

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace weft::bench
{
namespace
{

double processor_nanoseconds(const server_process& process)
{
    return static_cast<double>(process.processor_time().count());
}

double system_calls(const server_process& process)
{
    return static_cast<double>(process.calls().system_calls.load(std::memory_order_relaxed));
}

double allocations(const server_process& process)
{
    return static_cast<double>(process.calls().allocations.load(std::memory_order_relaxed));
}

/// What is measured of the server process, for each request.
struct metric
{
    const char* name;
    const char* unit;
    double (*read)(const server_process&);
    double resolution; ///< results are rounded to multiples of it, if it is not 0
};

constexpr metric processor_time{"echo", "ns_cpu", processor_nanoseconds, 0};
// A call more or less at the edges of the measurement is not one of each request.
constexpr metric calls_of_system{"echo_syscalls", "count", system_calls, 0.01};
constexpr metric calls_of_heap{"echo_allocs", "count", allocations, 0};

double per_request(server serve, std::size_t connections, const metric& what, effort how_much)
{
    using namespace std::chrono_literals;
    const auto warm_up = how_much == effort::quick ? 50ms : 200ms;
    const auto measured = how_much == effort::quick ? 200ms : 1000ms;

    const server_process process(serve);
    load_client client(process.port(), connections);
    // The last answer is out before the server sleeps again.
    const auto read_at_rest = [&] {
        std::this_thread::sleep_for(5ms);
        return what.read(process);
    };
    client.run(warm_up);
    const auto before = read_at_rest();
    const auto requests = client.run(measured);
    const auto result = (read_at_rest() - before) / static_cast<double>(requests);
    return what.resolution > 0 ? std::round(result / what.resolution) * what.resolution : result;
}

bench_case& add_case(registry& all, const metric& what, std::size_t connections)
{
    auto& added = all.add(std::string(what.name) + '/' + std::to_string(connections), what.unit);
    const auto add = [&](const char* system, server serve) {
        added.measured(system, [=](effort how_much) { return per_request(serve, connections, what, how_much); });
    };
    add("weft", serve_with_weft);
    add("raw", serve_with_raw_epoll);
    add("boost.fiber", serve_with_boost_fiber);
    add("asio.callback", serve_with_asio_callbacks);
    add("asio.spawn", serve_with_asio_spawn);
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
    add("asio.awaitable", serve_with_asio_awaitable);
#endif
    return added;
}

void add_processor_case(registry& all, std::size_t connections)
{
    auto& added = add_case(all, processor_time, connections);
    added.at_most(1.08, "raw").at_most(1, "asio.callback").at_most(1, "asio.spawn");
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
    added.at_most(1, "asio.awaitable");
#endif
}

} // namespace

void add_echo_cases(registry& all)
{
    add_processor_case(all, 1);
    add_processor_case(all, 100);
    add_case(all, calls_of_system, 1).at_most(4);
    add_case(all, calls_of_system, 100).at_most(2.1);
    add_case(all, calls_of_heap, 1).at_most(0);
    add_case(all, calls_of_heap, 100).at_most(0);
}

} // namespace weft::bench
