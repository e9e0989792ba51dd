// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_FLOATING_CONTROL_HPP
#define WEFT_CONTEXT_DETAIL_FLOATING_CONTROL_HPP

// Rounding modes, precision and traps: the processor's floating-point control words, which both ABIs ask a call to
// preserve. The exception flags beside them are nobody's: a call may change them.

#include <cstdint>

namespace weft::detail
{

#if defined(__x86_64__)

struct floating_control
{
    std::uint32_t vector_unit = 0; ///< MXCSR
    std::uint16_t x87_unit = 0;    ///< its control word
};

inline constexpr std::uint32_t exception_flags_of_mxcsr = 0x3f;

// Straight to where they are to be: on the way over a local copy, forwarding the stores takes longer than a switch.
[[gnu::always_inline]] inline void store_floating_control(floating_control& where) noexcept
{
    asm volatile("stmxcsr %0\n\t"
                 "fnstcw %1"
                 : "=m"(where.vector_unit), "=m"(where.x87_unit));
}

[[gnu::always_inline]] inline bool same_modes(const floating_control& one, const floating_control& other) noexcept
{
    return ((one.vector_unit ^ other.vector_unit) & ~exception_flags_of_mxcsr) == 0 && one.x87_unit == other.x87_unit;
}

[[gnu::cold, gnu::noinline]] inline void load_floating_control(const floating_control& words) noexcept
{
    floating_control present;
    store_floating_control(present);
    const auto mxcsr =
        (words.vector_unit & ~exception_flags_of_mxcsr) | (present.vector_unit & exception_flags_of_mxcsr);
    asm volatile("ldmxcsr %0\n\t"
                 "fldcw %1"
                 :
                 : "m"(mxcsr), "m"(words.x87_unit));
}

#elif defined(__aarch64__)

struct floating_control
{
    std::uint64_t word = 0; ///< FPCR
};

[[gnu::always_inline]] inline void store_floating_control(floating_control& where) noexcept
{
    asm volatile("mrs %0, fpcr" : "=r"(where.word));
}

[[gnu::always_inline]] inline bool same_modes(const floating_control& one, const floating_control& other) noexcept
{
    return one.word == other.word;
}

[[gnu::cold, gnu::noinline]] inline void load_floating_control(const floating_control& words) noexcept
{
    asm volatile("msr fpcr, %0" : : "r"(words.word));
}

#else

/// Where nothing is known of the processor, nothing is kept but what the portable switch keeps.
struct floating_control
{};

inline void store_floating_control(floating_control& /*where*/) noexcept {}

inline bool same_modes(const floating_control& /*one*/, const floating_control& /*other*/) noexcept
{
    return true;
}

inline void load_floating_control(const floating_control& /*words*/) noexcept {}

#endif

inline floating_control current_floating_control() noexcept
{
    floating_control words;
    store_floating_control(words);
    return words;
}

/// Changes the modes to `wanted` if they are not what they should be: writing the registers costs more than the rest of
/// a switch, and hardly any program ever changes them.
[[gnu::always_inline]] inline void set_floating_control(const floating_control& wanted,
                                                        const floating_control& present) noexcept
{
    if (!same_modes(wanted, present)) [[unlikely]]
    {
        load_floating_control(wanted);
    }
}

} // namespace weft::detail

#endif
