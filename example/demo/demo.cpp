// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The demo: the echo server in fibers and one of plain Asio callbacks, one after the other, each in a process of its
// own under the same load from this process, and what that costs them.
//
//     weft_demo [--connections N] [--seconds S] [--bytes B]
//
// The last line is "demo: <n> requests, <n> errors"; the exit status is 1 if a byte was lost or altered, or if a server
// ended on its own.

#include <weft/weft.hpp>

#include "demo/server_process.hpp"
#include "load/load.hpp"
#include "load/progress_line.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <sched.h>
#include <string>
#include <vector>

namespace
{

struct contender
{
    std::string name;
    std::string program;
};

struct measurement
{
    std::string name;
    example::load_result load;
    std::chrono::nanoseconds server_cpu{};
    std::size_t server_memory = 0; // bytes, while all are connected
};

/// The first two of the cores that this process may use: one for the server, one for the load.
struct cores
{
    std::optional<int> server;
    std::optional<int> load;
};

cores choose_cores()
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    std::vector<int> found;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    {
        for (int core = 0; core < CPU_SETSIZE && found.size() < 2; ++core)
        {
            if (CPU_ISSET(static_cast<std::size_t>(core), &allowed))
            {
                found.push_back(core);
            }
        }
    }
    return found.size() == 2 ? cores{found[0], found[1]} : cores{};
}

measurement measure(const contender& who, example::load_options load, std::optional<int> core)
{
    const auto directory = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    example::server_process server(directory / who.program, core);
    load.server = server.endpoint();

    example::progress_line line(true);
    line.show(who.name + ": connecting " + std::to_string(load.connections) + " clients");
    measurement result{.name = who.name, .load = {}};
    example::load_hooks hooks;
    hooks.begin = [&] { result.server_cpu = server.cpu_time(); };
    hooks.second = [&, seconds = 0](const example::load_result& so_far) mutable {
        line.show(who.name + ": " + std::to_string(++seconds) + " s, " + std::to_string(so_far.requests) +
                  " requests, " + std::to_string(so_far.errors) + " errors");
    };
    hooks.end = [&] {
        result.server_cpu = server.cpu_time() - result.server_cpu;
        result.server_memory = server.resident_memory();
    };
    result.load = weft::run([&] { return example::run_load(load, hooks); });
    server.stop();
    return result;
}

void print_table(const std::vector<measurement>& measurements)
{
    std::printf("%-16s %12s %9s %9s %9s %20s %14s\n", "server", "requests/s", "p50 ms", "p99 ms", "p99.9 ms",
                "CPU us per request", "memory MiB");
    for (const auto& each : measurements)
    {
        const auto milliseconds = [&](double share) {
            return std::chrono::duration<double, std::milli>(each.load.latencies.quantile(share)).count();
        };
        const auto requests = static_cast<double>(each.load.requests);
        std::printf("%-16s %12.0f %9.3f %9.3f %9.3f %20.3f %14.1f\n", each.name.c_str(),
                    each.load.requests_per_second(), milliseconds(0.5), milliseconds(0.99), milliseconds(0.999),
                    requests == 0 ? 0 : static_cast<double>(each.server_cpu.count()) / 1000 / requests,
                    static_cast<double>(each.server_memory) / (1024 * 1024));
    }
}

int run_demo(const example::load_options& load)
{
    example::allow_connections(load.connections);
    const auto [server_core, load_core] = choose_cores();
    std::printf("%zu connections, %zu bytes a message, %.1f s each", load.connections, load.bytes,
                std::chrono::duration<double>(load.duration).count());
    if (load_core)
    {
        example::pin_to_core(*load_core);
        std::printf("; server on core %d, load on core %d", *server_core, *load_core);
    }
    std::printf("\n");
    std::fflush(stdout);

    std::vector<measurement> measurements;
    for (const auto& who : {contender{"weft fibers", "echo_server"}, contender{"Asio callbacks", "callback_server"}})
    {
        measurements.push_back(measure(who, load, server_core));
    }
    std::printf("\n");
    print_table(measurements);

    unsigned long long requests = 0;
    unsigned long long errors = 0;
    bool all_answered = true;
    for (const auto& each : measurements)
    {
        requests += each.load.requests;
        errors += each.load.errors;
        all_answered = all_answered && each.load.requests > 0;
        if (each.load.errors > 0)
        {
            std::fflush(stdout);
            std::fprintf(stderr, "%s: first error: %s\n", each.name.c_str(), each.load.first_error.c_str());
        }
    }
    std::printf("\ndemo: %llu requests, %llu errors\n", requests, errors);
    return errors == 0 && all_answered ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    example::load_options load;
    double seconds = 5;
    CLI::App options("An echo server in fibers beside one of Asio callbacks, under the same load");
    options.add_option("--connections", load.connections)->check(CLI::Range(1, 1'000'000))->capture_default_str();
    options.add_option("--seconds", seconds, "for each server")->check(CLI::PositiveNumber)->capture_default_str();
    options.add_option("--bytes", load.bytes, "size of a message")
        ->check(CLI::Range(std::size_t{1}, load.largest_message))
        ->capture_default_str();
    CLI11_PARSE(options, argc, argv);
    load.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));

    try
    {
        return run_demo(load);
    }
    catch (const std::exception& error)
    {
        std::fprintf(stderr, "weft_demo: %s\n", error.what());
        return 1;
    }
}
