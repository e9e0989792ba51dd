// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_SEED_HPP
#define WEFT_TEST_SUPPORT_SEED_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace weft::test
{

/// The seed of a random test: that of the environment variable WEFT_SEED, or a new one. Printed, so that a failure can
/// be replayed.
inline std::uint64_t seed(const char* test)
{
    const char* const wanted = std::getenv("WEFT_SEED");
    const std::uint64_t chosen = wanted != nullptr ? std::stoull(wanted) : std::random_device()();
    std::printf("%s: WEFT_SEED=%llu\n", test, static_cast<unsigned long long>(chosen));
    std::fflush(stdout);
    return chosen;
}

/// A number below `bound`.
template <class Engine>
std::size_t below(std::size_t bound, Engine& random)
{
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

} // namespace weft::test

#endif
