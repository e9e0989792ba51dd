// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_PATTERN_HPP
#define WEFT_TEST_IO_SUPPORT_PATTERN_HPP

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace weft::test
{

/// That of the environment variable WEFT_SEED, or a fresh one. Printed, so that a failure can be repeated.
inline std::uint32_t announced_seed()
{
    const char* const given = std::getenv("WEFT_SEED");
    const auto seed = given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : std::random_device{}();
    std::printf("WEFT_SEED=%u\n", static_cast<unsigned>(seed));
    return seed;
}

/// A stream of bytes that both ends can compute, and pieces of random length to cut it into.
class pattern
{
public:
    explicit pattern(std::uint32_t seed) : bytes_(seed), lengths_(seed + 1) {}

    void fill(char* where, std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i)
        {
            where[i] = next();
        }
    }

    /// How many of these bytes are those that come next.
    std::size_t match(const char* where, std::size_t count)
    {
        std::size_t same = 0;
        while (same < count && where[same] == next())
        {
            ++same;
        }
        return same;
    }

    std::size_t length(std::size_t longest)
    {
        return std::uniform_int_distribution<std::size_t>(1, longest)(lengths_);
    }

private:
    char next()
    {
        if (left_ == 0)
        {
            word_ = static_cast<std::uint32_t>(bytes_());
            left_ = 4;
        }
        --left_;
        const auto result = static_cast<char>(word_ & 0xffU);
        word_ >>= 8U;
        return result;
    }

    std::mt19937 bytes_;
    std::mt19937 lengths_;
    std::uint32_t word_ = 0;
    int left_ = 0;
};

} // namespace weft::test

#endif
