// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Code of the pages about cancellation, choosing, overflows and stacks, which must stand there word for word: the test
// `pages` compares.

#include <weft/debug/deadlock.hpp>
#include <weft/debug/stack_usage.hpp>
#include <weft/weft.hpp>

#include "require.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace std::chrono_literals;

namespace
{

// ---- doc/cancellation.md

void converse(weft::pipe_end& peer)
{
    try
    {
        this_fiber::sleep_for(1h);
    }
    catch (...)
    {
        const weft::cancellation_blocker blocker; // these waits do not react
        peer.write_some(asio::buffer("goodbye", 7));
        throw;
    }
}

void converse_for_a_while(weft::pipe_end& peer)
{
    const weft::deadline limit(30s); // every wait below ends by then, in every callee
    converse(peer);
}

void try_to_converse()
{
    auto [here, there] = weft::make_pipe();
    boost::system::error_code ended_by;
    try
    {
        converse_for_a_while(there);
    }
    catch (const boost::system::system_error& error)
    {
        ended_by = error.code();
    }
    // The deadline was that of the wait, not of the farewell, which needed no wait.
    require(ended_by == asio::error::timed_out && here.available() == 7);
}

// ---- doc/choosing.md

std::string read_slowly()
{
    this_fiber::sleep_for(1ms);
    return "row";
}

void count_and_read()
{
    int requests = 0;
    std::map<int, std::string> cache;
    const int key = 1;

    ++requests;                     // no lock: nothing here waits
    const auto row = read_slowly(); // a wait: the world may have changed when it returns
    cache[key] = row;

    require(requests == 1 && cache.at(key) == "row");
}

// ---- doc/overflow.md

bool matches(const std::string& text, const std::regex& pattern)
{
    return weft::on_thread_stack([&] { return std::regex_match(text, pattern); }); // on the thread's 8 MB
}

void rehearse(void (*serve)())
{
    weft::debug::start_stack_accounting(); // warns above 75 % of a stack, once a second at most
    serve();
    for (const auto& [site, fibers, high_water, stack_size] : weft::debug::stack_usage_by_site())
    {
        std::clog << to_string(site) << ": " << fibers << " fibers, at most " << high_water << " of " << stack_size
                  << " bytes\n";
    }
    weft::debug::stop_stack_accounting();
}

void serve()
{
    require(matches(std::string(1000, 'b'), std::regex("(a|b)*")));
}

// ---- doc/stacks.md

weft::fiber_context entry(weft::fiber_context&& caller)
{
    return std::move(caller);
}

void choose_allocators()
{
    weft::slab_stacks stacks({.stack_size = 64 * 1024, .max_resident_idle = 256});
    weft::fiber_context a(std::allocator_arg, stacks, entry); // referred to: it must outlive the context
    weft::fiber_context b(std::allocator_arg, boost::context::fixedsize_stack(), entry); // moved in

    static constinit weft::static_stack<64 * 1024> memory; // no heap, no system call
    weft::fiber_context c(std::allocator_arg, memory, entry);

    require(!std::move(a).resume() && !std::move(b).resume() && !std::move(c).resume());
}

void parse() {}

void choose_sizes(asio::io_context& io)
{
    weft::scheduler::of(io).use_stacks({.max_stacks = 10'000}); // while it has no fibers
    weft::spawn(io, [] {
        weft::fiber(weft::attributes{.stack_size = 2 << 20}, parse).join(); // one that needs more
        weft::scheduler::current().release_idle_stacks();                   // after a peak
    });
    io.run();

    weft::run(serve, {.stacks = {.stack_size = 64 * 1024, .max_resident_idle = 4096, .max_stacks = 200'000}});
}

void blink() {}

void choose_memory()
{
    static weft::static_fiber_storage<64 * 1024> memory; // of a stack of at least 64 KiB
    weft::fiber blinker(weft::attributes{.name = "blinker", .storage = &memory}, blink); // also jfiber and spawn
    blinker.join();                                                                      // the memory is free again
    require(memory.idle());
}

void run_jobs(asio::io_context& io, std::span<std::byte> buffer)
{
    weft::fiber_storage part(buffer); // a span of bytes
    weft::spawn(io, {.storage = &part}, blink);

    static weft::static_fiber_pool<8, 64 * 1024, 32> pool(io); // 8 workers, up to 32 delayed jobs
    require(pool.try_post(blink));

    pool.stop();
    io.run();
    require(part.idle());
}

} // namespace

int main()
{
    weft::debug::start_deadlock_detection(); // <weft/debug/deadlock.hpp>
    weft::manual_clock clock;
    weft::run(
        [] {
            try_to_converse();
            count_and_read();
            choose_memory();
        },
        {.clock = &clock});
    weft::run([] { rehearse([] { weft::fiber(serve).join(); }); });
    choose_allocators();
    asio::io_context io;
    choose_sizes(io);
    std::vector<std::byte> buffer(64 * 1024);
    io.restart();
    run_jobs(io, buffer);
    std::cout << "all as expected\n";
}
