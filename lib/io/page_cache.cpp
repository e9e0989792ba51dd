// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "page_cache.hpp"

#include <cerrno>

namespace weft::detail
{

#if defined(__linux__) && defined(RWF_NOWAIT)

ssize_t read_page_cache(int descriptor, std::span<const iovec> parts, std::int64_t offset) noexcept
{
    return ::preadv2(descriptor, parts.data(), static_cast<int>(parts.size()), offset < 0 ? -1 : offset, RWF_NOWAIT);
}

ssize_t write_page_cache(int descriptor, std::span<const iovec> parts, std::int64_t offset) noexcept
{
    return ::pwritev2(descriptor, parts.data(), static_cast<int>(parts.size()), offset < 0 ? -1 : offset, RWF_NOWAIT);
}

#else // everything goes to the pool

ssize_t read_page_cache(int, std::span<const iovec>, std::int64_t) noexcept
{
    errno = ENOSYS;
    return -1;
}

ssize_t write_page_cache(int, std::span<const iovec>, std::int64_t) noexcept
{
    errno = ENOSYS;
    return -1;
}

#endif

} // namespace weft::detail
