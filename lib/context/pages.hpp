// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_CONTEXT_PAGES_HPP
#define WEFT_LIB_CONTEXT_PAGES_HPP

// What stacks ask of the operating system. Everything that only Linux has is behind these functions.

#include <cstddef>

namespace weft::detail
{

/// How the pages below a stack are made inaccessible.
enum class guard_kind : int
{
    unknown,
    marker,    ///< MADV_GUARD_INSTALL: costs no mapping
    protection ///< mprotect: splits a mapping in two, and a process has few of them
};

/// What this kernel can do: found out at the first call.
///
/// Thread safety: any thread.
guard_kind usable_guard_kind() noexcept;

/// For tests of the older way on a new kernel; `unknown` asks the kernel again.
void override_guard_kind(guard_kind kind) noexcept;

/// Maps `size` bytes, a multiple of a page. Only touched pages cost memory, and they never become huge pages.
///
/// Errors: `boost::system::system_error`, with `not_enough_memory` and a message that names what ran out.
std::byte* map_pages(std::size_t size);

/// Makes `size` bytes of a mapping inaccessible. Errors: as for `map_pages`.
void guard_pages(std::byte* base, std::size_t size);

/// Gives `size` bytes from `base` back. False, with the pages still mapped, if the kernel has no mapping left to split.
bool unmap(std::byte* base, std::size_t size) noexcept;

} // namespace weft::detail

#endif
