// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_REQUEST_CASES_HPP
#define WEFT_BENCH_IO_REQUEST_CASES_HPP

#include "harness/registry.hpp"
#include "harness/rivals.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// Cases about what one request costs a server.

namespace weft::bench
{

/// Keeps a server busy for that long and returns how many requests it has answered.
using load = std::function<std::uint64_t(std::chrono::nanoseconds)>;

/// One that has connected to a port of this machine.
using load_factory = std::function<load(std::uint16_t port)>;

struct named_server
{
    const char* system;
    server serve;
};

/// The cases of a kind of request, for each the same servers: the processor time that one takes (unit `ns_cpu`), its
/// calls of the system and of the heap.
struct request_cases
{
    bench_case& processor;
    bench_case& system_calls;
    bench_case& allocations;
};

/// Adds `<name>/<connections>`, `<name>_syscalls/…` and `<name>_allocs/…`.
request_cases add_request_cases(registry& all, const std::string& name, std::size_t connections,
                                const std::vector<named_server>& servers, const load_factory& clients);

} // namespace weft::bench

#endif
