// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/usable_cores.hpp>

#include "threads.hpp"

#include <algorithm>
#include <thread>

#ifdef __linux__
#include <pthread.h>
#include <sched.h>
#endif

namespace weft
{

#ifdef __linux__

namespace
{

/// The processors that the calling thread may run on; empty if the system does not say.
cpu_set_t allowed_processors() noexcept
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
    {
        // More processors than the set has room for.
        CPU_ZERO(&allowed);
    }
    return allowed;
}

} // namespace

std::size_t usable_cores() noexcept
{
    const auto allowed = allowed_processors();
    std::size_t cores = static_cast<std::size_t>(CPU_COUNT(&allowed));
    if (cores == 0)
    {
        cores = std::thread::hardware_concurrency();
    }
    try
    {
        cores = std::min(cores, detail::cpu_quota().value_or(cores));
    }
    catch (...)
    {
        // What cannot be read limits nothing.
    }
    return std::max<std::size_t>(cores, 1);
}

void detail::name_this_thread(const std::string& name) noexcept
{
    constexpr std::size_t most = 15;
    char text[most + 1] = {};
    name.copy(text, most);
    ::pthread_setname_np(::pthread_self(), text);
}

bool detail::pin_this_thread(std::size_t index) noexcept
{
    const auto allowed = allowed_processors();
    const auto count = static_cast<std::size_t>(CPU_COUNT(&allowed));
    if (count == 0)
    {
        return false;
    }
    auto left = index % count;
    for (int processor = 0; processor < CPU_SETSIZE; ++processor)
    {
        if (CPU_ISSET(processor, &allowed) && left-- == 0)
        {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(processor, &one);
            return ::pthread_setaffinity_np(::pthread_self(), sizeof(one), &one) == 0;
        }
    }
    return false;
}

#else

std::size_t usable_cores() noexcept
{
    return std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
}

void detail::name_this_thread(const std::string&) noexcept {}

bool detail::pin_this_thread(std::size_t) noexcept
{
    return false;
}

#endif

} // namespace weft
