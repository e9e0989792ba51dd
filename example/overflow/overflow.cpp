// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A server whose parser recurses once for each bracket that a client sends, and what weft says when that is too much for
// the fiber's stack.

#include <weft/debug/overflow.hpp>
#include <weft/weft.hpp>

#include <cstddef>
#include <iostream>
#include <string>
#include <string_view>

namespace
{

/// How deep the brackets at the beginning of `text` are nested.
[[gnu::noinline]] std::size_t parse(std::string_view text)
{
    const std::string token(text.substr(0, 1)); // something for the frame to hold
    return token == "[" ? 1 + parse(text.substr(1)) : 0;
}

void serve(const char* client, std::size_t brackets)
{
    weft::fiber request(weft::attributes{.name = client, .stack_size = 64 * 1024},
                        [&] { std::cout << client << ": depth " << parse(std::string(brackets, '[')) << std::endl; });
    request.join();
}

} // namespace

int main()
{
    weft::debug::install_overflow_report();
    return weft::run(
        []
        {
            serve("alice", 100);
            serve("mallory", 100'000);
        });
}
