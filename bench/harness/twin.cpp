// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "harness/twin.hpp"

#include "harness/other_program.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>
#include <variant>

namespace weft::bench
{
namespace
{

namespace fs = std::filesystem;

const timed_loop* loop_of_weft(const bench_case& which)
{
    const auto found = std::find_if(which.contenders.begin(), which.contenders.end(),
                                    [](const contender& each) { return each.system == "weft"; });
    return found != which.contenders.end() ? std::get_if<timed_loop>(&found->body) : nullptr;
}

} // namespace

void add_twin_contenders(registry& all)
{
    const auto twin = fs::read_symlink("/proc/self/exe").parent_path() / "weft_bench_inline";
    if (!fs::exists(twin))
    {
        return;
    }
    for (auto& each : all.cases())
    {
        if (loop_of_weft(each) != nullptr)
        {
            each.timed("weft-inline", [twin, name = each.name](std::uint64_t operations) {
                return ask(twin, {"--loop", name, "--operations", std::to_string(operations)});
            });
        }
    }
}

void print_loop(const registry& all, const std::string& name, std::uint64_t operations)
{
    for (const auto& each : all.cases())
    {
        const auto loop = loop_of_weft(each);
        if (each.name == name && loop != nullptr)
        {
            const auto done = (*loop)(operations);
            std::cout << done.elapsed.count() << ' ' << done.operations << '\n';
            return;
        }
    }
    throw std::runtime_error("no loop of weft's in a case " + name);
}

} // namespace weft::bench
