// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/queue_lock.hpp>

#include "preemption.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace weft::detail
{

namespace
{

constexpr std::size_t cache_line = 64;
constexpr std::size_t lock_count = 256;

struct alignas(cache_line) padded_lock
{
    queue_lock lock;
};

constinit std::array<padded_lock, lock_count> locks;

} // namespace

void queue_lock::wait() noexcept
{
    constexpr int spins_before_yield = 64;
    for (int spins = 0; taken_.load(std::memory_order_relaxed) || taken_.exchange(true, std::memory_order_acquire);
         ++spins)
    {
        if (spins < spins_before_yield)
        {
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
        else
        {
            // The holder may have lost its processor.
            std::this_thread::yield();
        }
    }
}

bool any_queue_lock_held() noexcept
{
    return std::any_of(locks.begin(), locks.end(), [](const padded_lock& one) { return one.lock.is_taken(); });
}

queue_lock& lock_of(const void* address) noexcept
{
    // Fibonacci hashing: the high bits of the product depend on all bits of the address.
    constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15;
    constexpr int bits = 8;
    static_assert(std::size_t{1} << bits == lock_count);
    const auto hash = reinterpret_cast<std::uintptr_t>(address) * golden_ratio;
    return locks[hash >> (64 - bits)].lock;
}

} // namespace weft::detail
