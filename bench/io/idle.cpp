// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "cases.hpp"
#include "io/echo_servers.hpp"
#include "io/load_client.hpp"
#include "io/server_process.hpp"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

// Connections that have said something and then nothing more: the memory that each keeps in the server, and what all of
// them cost in a second without traffic. What the kernel keeps for a socket is not in it.

namespace weft::bench
{
namespace
{

using namespace std::chrono_literals;

constexpr std::size_t connections = 10'000;

void allow_descriptors()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_max < connections + 100)
    {
        throw std::runtime_error("only " + std::to_string(limit.rlim_max) + " descriptors are allowed");
    }
}

double resident_bytes(const server_process& process)
{
    std::ifstream file("/proc/" + std::to_string(process.id()) + "/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    if (!(file >> size >> resident))
    {
        throw std::runtime_error("no /proc/<pid>/statm");
    }
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Each has been answered once.
double bytes_each(const server& serve)
{
    allow_descriptors();
    const server_process process(serve);
    load_client(process.port(), 1).run(1ms); // what is there for the first alone is not theirs
    const auto before = resident_bytes(process);
    load_client clients(process.port(), connections);
    clients.run(1ms);
    return (resident_bytes(process) - before) / static_cast<double>(connections);
}

double idle_second(const server& serve)
{
    allow_descriptors();
    const server_process process(serve);
    load_client clients(process.port(), connections);
    clients.run(1ms);
    std::this_thread::sleep_for(50ms);
    const auto before = process.processor_time();
    std::this_thread::sleep_for(1s);
    return static_cast<double>((process.processor_time() - before).count());
}

} // namespace

void add_idle_cases(registry& all)
{
    auto& memory = all.add("idle/10000", "bytes");
    auto& processor = all.add("idle_cpu/10000", "ns_cpu");
    for (const auto& each : echo_servers())
    {
        memory.measured(each.system, [serve = each.serve](effort) { return bytes_each(serve); });
        processor.measured(each.system, [serve = each.serve](effort) { return idle_second(serve); });
    }
}

} // namespace weft::bench
