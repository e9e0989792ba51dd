// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "pages_in_use.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <sys/mman.h>

namespace weft::debug::detail
{
namespace
{

std::byte* round_up(std::byte* address, std::size_t page) noexcept
{
    const auto beyond = reinterpret_cast<std::uintptr_t>(address) % page;
    return beyond == 0 ? address : address + (page - beyond);
}

} // namespace

#if defined(__linux__)

std::size_t high_water(stack which) noexcept
{
    const std::size_t page = page_size();
    std::array<unsigned char, 256> present;
    for (std::byte* part = round_up(which.base, page); part < which.top();)
    {
        const auto rest = static_cast<std::size_t>(which.top() - part);
        const std::size_t count = std::min((rest + page - 1) / page, present.size());
        // A hole in the memory is nothing that was touched.
        if (::mincore(part, count * page, present.data()) == 0)
        {
            auto* const end = present.data() + count;
            auto* const lowest = std::find_if(present.data(), end, [](unsigned char one) { return (one & 1) != 0; });
            if (lowest != end)
            {
                return rest - static_cast<std::size_t>(lowest - present.data()) * page;
            }
        }
        part += count * page;
    }
    return 0;
}

#else

std::size_t high_water(stack) noexcept
{
    return 0;
}

#endif

void give_back(stack which, std::byte* end) noexcept
{
    const std::size_t page = page_size();
    std::byte* const begin = round_up(which.base, page);
    end -= reinterpret_cast<std::uintptr_t>(end) % page;
    if (begin < end)
    {
        // Where it fails the next mark is too high, as without it.
        static_cast<void>(::madvise(begin, static_cast<std::size_t>(end - begin), MADV_DONTNEED));
    }
}

} // namespace weft::debug::detail
