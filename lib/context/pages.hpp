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

/// Maps `size` bytes, a multiple of a page. Only touched pages cost memory, and they never become huge pages.
///
/// Errors: `boost::system::system_error`, with `not_enough_memory` and a message that names what ran out.
/// Thread safety: any thread.
std::byte* map_pages(std::size_t size);

/// Makes `size` bytes of a mapping inaccessible. Says how many guards this adds to those that the process may have:
/// one by mprotect that is not `counted` yet, else none. Errors: as for `map_pages`; too many guards are one.
std::size_t guard_pages(std::byte* base, std::size_t size, bool counted);

/// A guard by mprotect costs two mappings, and the process may have `vm.max_map_count` of them, an eighth of which is
/// left to the rest of the process. Takes `count` guards off what it may have, or nothing and returns false.
///
/// Thread safety: any thread.
bool count_guards(std::size_t count) noexcept;
void uncount_guards(std::size_t count) noexcept;

/// The same as an exception: it names the limit and the remedy.
[[noreturn]] void throw_too_many_guards();

/// Gives `size` bytes from `base` back. False, with the pages still mapped, if the kernel has no mapping left to split.
bool unmap(std::byte* base, std::size_t size) noexcept;

/// As `unmap` for whoever cannot keep the pages: what the kernel does not take now is tried again at later calls of
/// `map_pages`. The first page may be inaccessible, the second one must not be.
void unmap_at_last(std::byte* base, std::size_t size) noexcept;

/// Frees the memory behind `size` bytes that stay mapped, and reads as zero afterwards. False for locked memory.
bool give_back(std::byte* base, std::size_t size) noexcept;

// ── for tests ──

/// The older way on a new kernel; `unknown` asks the kernel again.
void override_guard_kind(guard_kind kind) noexcept;

/// Another `vm.max_map_count`; 0 asks the system again.
void override_mapping_limit(std::size_t limit) noexcept;

/// Lets the `n`-th system call from now on that is made here fail with ENOMEM, once; 0 stops that. Returns how far the
/// last such order still had to go: 0 if its call has failed.
std::size_t fail_system_call(std::size_t n) noexcept;

/// Guards taken off what the process may have.
std::size_t counted_guards() noexcept;

} // namespace weft::detail

#endif
