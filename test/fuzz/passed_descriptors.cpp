// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/socket_activation.hpp>

#include "fuzz/targets.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <cstdlib>
#include <string>
#include <unistd.h>

// Any environment, three texts with a zero byte between: LISTEN_PID, where "self" stands for this process, LISTEN_FDS,
// LISTEN_FDNAMES.

namespace weft::fuzz
{

void passed_descriptors(std::string_view input)
{
    choices texts(input);
    auto process = std::string(texts.text());
    process = process == "self" ? std::to_string(::getpid()) : process;
    const std::string count(texts.text());
    const std::string names(texts.text());
    ::setenv("LISTEN_PID", process.c_str(), 1);
    ::setenv("LISTEN_FDS", count.c_str(), 1);
    ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
    try
    {
        const auto passed = take_passed_descriptors();
        require(passed.empty() || process == std::to_string(::getpid()), "those of this process only");
        require(passed.empty() || passed.size() == std::stoul(count), "as many as there are");
        std::string all;
        int number = 3;
        for (const auto& each : passed)
        {
            require(each.number == number++, "one after the other");
            require(each.name.find(':') == std::string::npos, "one name each");
            all += each.name + ':';
        }
        require((names + ':').starts_with(all) || all.starts_with(names), "the names in order");
    }
    catch (const boost::system::system_error& error)
    {
        require(error.code() == boost::system::errc::invalid_argument ||
                    error.code() == boost::system::errc::bad_file_descriptor,
                "the errors that it may have");
    }
    for (const auto* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    {
        require(std::getenv(name) == nullptr, "nothing is left for children");
    }
}

} // namespace weft::fuzz
