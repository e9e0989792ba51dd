// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "harness/rivals.hpp"

#include "harness/isolation.hpp"
#include "harness/other_program.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>

namespace weft::bench
{
namespace
{

sample ask_rival(const std::string& program, const std::string& name, const std::string& how_much)
{
    return ask(program, {name, how_much, std::to_string(core_of(core_role::peer))});
}

bool measures_by_itself(const bench_case& which)
{
    return std::any_of(which.contenders.begin(), which.contenders.end(),
                       [](const contender& each) { return std::holds_alternative<measurement>(each.body); });
}

double in_unit(const std::string& unit, std::chrono::nanoseconds elapsed)
{
    if (unit == "ns_cpu")
    {
        return static_cast<double>(elapsed.count());
    }
    if (unit != "ms")
    {
        throw std::runtime_error("a rival's time in " + unit);
    }
    return std::chrono::duration<double, std::milli>(elapsed).count();
}

std::map<std::string, std::function<measurement(server)>>& server_cases()
{
    static std::map<std::string, std::function<measurement(server)>> all;
    return all;
}

server served_by(const std::string& program, const std::string& name)
{
    return [=](int listener) {
        ::dup2(listener, 3);
        ::fcntl(3, F_SETFD, 0);
        ::execl(program.c_str(), program.c_str(), "serve", name.c_str(), nullptr);
        throw std::runtime_error("cannot start " + program);
    };
}

void add_to(bench_case& which, const std::string& system, const std::string& program, const std::string& note)
{
    if (const auto measure = server_cases().find(which.name); measure != server_cases().end())
    {
        which.measured(system, measure->second(served_by(program, which.name)), note);
        return;
    }
    if (!measures_by_itself(which))
    {
        which.timed(
            system,
            [program, name = which.name](std::uint64_t operations) {
                return ask_rival(program, name, std::to_string(operations));
            },
            note);
        return;
    }
    which.measured(
        system,
        [program, name = which.name, unit = which.unit](effort how_much) {
            return in_unit(unit, ask_rival(program, name, how_much == effort::quick ? "quick" : "full").elapsed);
        },
        note);
}

} // namespace

void let_rivals_serve(const std::string& name, std::function<measurement(server)> measure)
{
    server_cases()[name] = std::move(measure);
}

void add_rival(registry& all, const std::string& what)
{
    const auto sign = what.find('=');
    if (sign == std::string::npos || sign == 0 || sign + 1 == what.size())
    {
        throw std::runtime_error("not <name>=<program>: " + what);
    }
    const auto system = what.substr(0, sign);
    const auto program = what.substr(sign + 1);
    std::istringstream lines(output_of(program, {"list"}));
    for (std::string line; std::getline(lines, line);)
    {
        const auto name = line.substr(0, line.find(' '));
        const auto note = name.size() < line.size() ? line.substr(name.size() + 1) : std::string();
        const auto found = std::find_if(all.cases().begin(), all.cases().end(),
                                        [&](const bench_case& each) { return each.name == name; });
        if (found == all.cases().end())
        {
            throw std::runtime_error(program + " lists an unknown case " + name);
        }
        add_to(*found, system, program, note);
    }
}

} // namespace weft::bench
