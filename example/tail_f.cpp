// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Follows a file that grows, as `tail -f` does: a loop that reads and sleeps, in a fiber, so that any number of files can be
// followed on one thread. With a path it follows that file until it is interrupted; without, one that another fiber writes.

#include <weft/weft.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

/// Passes on what is in the file and what comes, until the fiber is cancelled; `at` is how far it is. A file that was cut is
/// begun anew.
void follow(const std::filesystem::path& path, std::uint64_t& at)
{
    weft::file from(path);
    std::array<char, 4096> data;
    for (;;)
    {
        if (const auto count = from.read_some_at(at, asio::buffer(data)))
        {
            std::cout << std::string_view(data.data(), count) << std::flush;
            at += count;
        }
        else if (from.size() < at)
        {
            at = 0;
        }
        else
        {
            this_fiber::sleep_for(10ms);
        }
    }
}

void write_lines(const std::filesystem::path& path)
{
    weft::file to(path, weft::file::write_only | weft::file::append);
    for (const std::string line : {"the first line\n", "a line that comes later\n", "the last one\n"})
    {
        to.write(asio::buffer(line));
        this_fiber::sleep_for(50ms);
    }
}

void show()
{
    auto name = (std::filesystem::temp_directory_path() / "weft-tail-XXXXXX").string();
    weft::file made(::mkstemp(name.data()));
    std::uint64_t shown = 0;
    weft::fiber following([&] { follow(name, shown); });
    write_lines(name);
    while (shown < made.size())
    {
        this_fiber::sleep_for(10ms);
    }
    following.cancel();
    following.join();
    weft::filesystem::remove(name);
}

} // namespace

int main(int count, char** arguments)
{
    try
    {
        std::uint64_t at = 0;
        weft::run([&] { count > 1 ? follow(arguments[1], at) : show(); });
        return EXIT_SUCCESS;
    }
    catch (const std::exception& error)
    {
        std::cerr << "tail_f: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
