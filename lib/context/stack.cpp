// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/stack.hpp>

#include <algorithm>
#include <unistd.h>

namespace weft
{

std::size_t minimum_stack_size() noexcept
{
    static const std::size_t size = [] {
        constexpr std::size_t interrupted_frames = 4 * 1024;
        std::size_t signal_frame = 0;
#if defined(_SC_MINSIGSTKSZ)
        signal_frame = static_cast<std::size_t>(std::max(0L, ::sysconf(_SC_MINSIGSTKSZ)));
#endif
        constexpr std::size_t unit = 64;
        return std::max<std::size_t>((signal_frame + interrupted_frames + unit - 1) / unit * unit, 8 * 1024);
    }();
    return size;
}

std::size_t page_size() noexcept
{
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

} // namespace weft
