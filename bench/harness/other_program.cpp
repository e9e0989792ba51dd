// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "harness/other_program.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace weft::bench
{
namespace
{

std::string quoted(const std::string& word)
{
    std::string result = "'";
    for (const auto c : word)
    {
        c == '\'' ? result += R"('\'')" : result += c;
    }
    return result += '\'';
}

} // namespace

std::string output_of(const std::string& program, const std::vector<std::string>& arguments)
{
    auto command = "exec " + quoted(program);
    for (const auto& each : arguments)
    {
        command += ' ' + quoted(each);
    }
    const auto pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr)
    {
        throw std::runtime_error("cannot start " + program);
    }
    std::string result;
    std::array<char, 4096> part{};
    for (std::size_t size = 0; (size = std::fread(part.data(), 1, part.size(), pipe)) != 0;)
    {
        result.append(part.data(), size);
    }
    if (::pclose(pipe) != 0)
    {
        throw std::runtime_error("no answer from " + program);
    }
    return result;
}

sample ask(const std::string& program, const std::vector<std::string>& arguments)
{
    std::istringstream answer(output_of(program, arguments));
    std::chrono::nanoseconds::rep elapsed = 0;
    std::uint64_t operations = 0;
    if (!(answer >> elapsed >> operations) || elapsed < 0 || operations == 0)
    {
        throw std::runtime_error("no figures from " + program);
    }
    return {std::chrono::nanoseconds(elapsed), operations};
}

} // namespace weft::bench
