// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/request_cases.hpp"

#include "io/server_process.hpp"

#include <atomic>
#include <cmath>
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
    const char* suffix;
    const char* unit;
    double (*read)(const server_process&);
    double resolution; ///< results are rounded to multiples of it, if it is not 0
};

constexpr metric of_processor{"", "ns_cpu", processor_nanoseconds, 0};
// A call more or less at the edges of the measurement is not one of each request.
constexpr metric calls_of_system{"_syscalls", "count", system_calls, 0.01};
constexpr metric calls_of_heap{"_allocs", "count", allocations, 0};

double per_request(const server& serve, const load_factory& clients, const metric& what, effort how_much)
{
    using namespace std::chrono_literals;
    const auto warm_up = how_much == effort::quick ? 50ms : 200ms;
    const auto measured = how_much == effort::quick ? 200ms : 1000ms;

    const server_process process(serve);
    const auto run = clients(process.port());
    // The last answer is out before the server sleeps again.
    const auto read_at_rest = [&] {
        std::this_thread::sleep_for(5ms);
        return what.read(process);
    };
    run(warm_up);
    const auto before = read_at_rest();
    const auto requests = run(measured);
    const auto result = (read_at_rest() - before) / static_cast<double>(requests);
    return what.resolution > 0 ? std::round(result / what.resolution) * what.resolution : result;
}

bench_case& add_case(registry& all, const std::string& name, std::size_t connections, const metric& what,
                     const std::vector<named_server>& servers, const load_factory& clients)
{
    auto& added = all.add(name + what.suffix + '/' + std::to_string(connections), what.unit);
    const auto measurement_of = [=](const server& serve) -> measurement {
        return [=](effort how_much) { return per_request(serve, clients, what, how_much); };
    };
    for (const auto& each : servers)
    {
        added.measured(each.system, measurement_of(each.serve));
    }
    if (what.read == processor_nanoseconds) // calls are counted in this program's own processes only
    {
        let_rivals_serve(added.name, measurement_of);
    }
    return added;
}

} // namespace

request_cases add_request_cases(registry& all, const std::string& name, std::size_t connections,
                                const std::vector<named_server>& servers, const load_factory& clients)
{
    const auto add = [&](const metric& what) -> bench_case& {
        return add_case(all, name, connections, what, servers, clients);
    };
    auto& processor = add(of_processor);
    auto& of_system = add(calls_of_system);
    return {processor, of_system, add(calls_of_heap)};
}

} // namespace weft::bench
