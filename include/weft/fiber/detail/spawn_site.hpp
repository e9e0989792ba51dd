// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_SPAWN_SITE_HPP
#define WEFT_FIBER_DETAIL_SPAWN_SITE_HPP

// Where a fiber was made. A default argument of `std::source_location` has no place behind a parameter pack, and is three
// words; a program counter is one, and the debug information knows the rest. For that each call that makes a fiber is
// inlined into its caller, down to `here()`, always.

namespace weft::detail
{

#define WEFT_SITE_INLINE __attribute__((always_inline))

// A compiler takes each line of assembly for an instruction, and does not duplicate so many: a loop of which it unrolled
// or peeled an iteration would have two sites.
#define WEFT_LONG_ASSEMBLY "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"

/// An address in the code that this is inlined into. Where the instruction is not known here: in its caller.
WEFT_SITE_INLINE inline const void* here() noexcept
{
    // volatile: two fibers made by one function have two sites.
#if defined(__x86_64__)
    const void* address = nullptr;
    asm volatile("lea 0(%%rip), %0" WEFT_LONG_ASSEMBLY : "=r"(address));
    return address;
#elif defined(__aarch64__)
    const void* address = nullptr;
    asm volatile("adr %0, ." WEFT_LONG_ASSEMBLY : "=r"(address));
    return address;
#else
    return __builtin_return_address(0);
#endif
}

#undef WEFT_LONG_ASSEMBLY

} // namespace weft::detail

#endif
