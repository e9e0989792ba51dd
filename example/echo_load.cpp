// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A load client in fibers for any TCP echo server: each of many connections sends a message, waits for the answer,
// compares every byte, and sends the next one. The client itself is in load/: one fiber a connection, plain loops.
//
//     echo_load HOST PORT [--connections N] [--seconds S] [--bytes B] [--progress]
//
// The exit status is 1 if a byte was lost or altered, or if there was no answer at all.

#include <weft/weft.hpp>

#include "load/load.hpp"
#include "load/progress_line.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

namespace asio = boost::asio;

namespace
{

double milliseconds(std::chrono::nanoseconds time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

asio::ip::tcp::endpoint look_up(const std::string& host, const std::string& port)
{
    asio::ip::tcp::resolver resolver(weft::this_executor());
    return *resolver.async_resolve(host, port, weft::use_fiber).begin();
}

} // namespace

int main(int argc, char** argv)
{
    std::string host;
    std::string port;
    double seconds = 5;
    bool progress = false;
    example::load_options load;
    CLI::App options("Load client for a TCP echo server");
    options.add_option("host", host)->required();
    options.add_option("port", port)->required();
    options.add_option("--connections", load.connections)->check(CLI::Range(1, 1'000'000))->capture_default_str();
    options.add_option("--seconds", seconds)->check(CLI::PositiveNumber)->capture_default_str();
    options.add_option("--bytes", load.bytes, "size of a message")
        ->check(CLI::Range(std::size_t{1}, load.largest_message))
        ->capture_default_str();
    options.add_flag("--progress", progress, "show progress although stderr is no terminal");
    CLI11_PARSE(options, argc, argv);
    load.duration = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));

    try
    {
        example::allow_connections(load.connections);
        example::progress_line line(progress);
        example::load_hooks hooks;
        hooks.second = [&line](const example::load_result& so_far) {
            line.show("echo_load: " + std::to_string(so_far.requests) + " requests, " + std::to_string(so_far.errors) +
                      " errors");
        };
        const auto result = weft::run([&] {
            load.server = look_up(host, port);
            return example::run_load(load, hooks);
        });
        line.clear();

        if (result.errors > 0)
        {
            std::fprintf(stderr, "echo_load: first error: %s\n", result.first_error.c_str());
        }
        std::printf("echo_load: %llu requests, %.0f requests/s, p50 %.3f ms, p99 %.3f ms, p99.9 %.3f ms, %llu errors\n",
                    static_cast<unsigned long long>(result.requests), result.requests_per_second(),
                    milliseconds(result.latencies.quantile(0.5)), milliseconds(result.latencies.quantile(0.99)),
                    milliseconds(result.latencies.quantile(0.999)), static_cast<unsigned long long>(result.errors));
        return result.errors == 0 && result.requests > 0 ? 0 : 1;
    }
    catch (const std::exception& error)
    {
        std::fprintf(stderr, "echo_load: %s\n", error.what());
        return 1;
    }
}
