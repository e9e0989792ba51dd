// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_INLINE_SWITCH_HPP
#define WEFT_CONTEXT_DETAIL_INLINE_SWITCH_HPP

// The fast switch, for x86-64 and aarch64 with GCC and Clang: a few instructions in the middle of the function that
// waits. They are declared to change every register, so the compiler saves those that are live there, and no others.
// The idea is libfringe's and corosensei's.

#include <weft/context/detail/floating_control.hpp>
#include <weft/context/detail/sanitizer.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#define WEFT_TAG_SWITCH inline

namespace weft::detail
{

/// Where a suspended call stack continues. Nothing is written to the stack itself, so no red zone is in danger.
///
/// The assembly below and the call-frame information in lib/context/inline_switch.cpp know this layout.
struct saved_call
{
    const void* instruction = nullptr;
    void* stack_pointer = nullptr;
    void* frame_pointer = nullptr;
    void* base_pointer = nullptr; ///< rbx, x19: compilers that realign a frame do not let it be declared as changed
    floating_control control{};
};
static_assert(std::is_standard_layout_v<saved_call> && offsetof(saved_call, instruction) == 0 &&
              offsetof(saved_call, stack_pointer) == 8 && offsetof(saved_call, frame_pointer) == 16 &&
              offsetof(saved_call, base_pointer) == 24);

#if defined(__CET__)
#define WEFT_LANDING_PAD "endbr64\n\t"
#elif defined(__ARM_FEATURE_BTI_DEFAULT)
#define WEFT_LANDING_PAD "hint #36\n\t" // bti j
#else
#define WEFT_LANDING_PAD ""
#endif

WEFT_SWITCH_INLINE inline saved_call& exchange_registers(saved_call& from, saved_call& to) noexcept
{
#if defined(__x86_64__)
    saved_call* left = &from;
    saved_call* continued = &to;
    asm volatile("leaq 1f(%%rip), %%rax\n\t"
                 "movq %%rax, 0(%%rdi)\n\t"
                 "movq %%rsp, 8(%%rdi)\n\t"
                 "movq %%rbp, 16(%%rdi)\n\t"
                 "movq %%rbx, 24(%%rdi)\n\t"
                 "movq 24(%%rsi), %%rbx\n\t"
                 "movq 16(%%rsi), %%rbp\n\t"
                 "movq 8(%%rsi), %%rsp\n\t"
                 "jmpq *0(%%rsi)\n\t"
                 "1:\n\t" WEFT_LANDING_PAD
                 : "+D"(left), "+S"(continued)
                 :
                 : "memory", "cc", "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
                   "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                   "xmm13", "xmm14", "xmm15", "mm0", "mm1", "mm2", "mm3", "mm4", "mm5", "mm6", "mm7", "st", "st(1)",
                   "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"
#if defined(__AVX512F__)
                   ,
                   "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",
                   "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#endif
    );
    return *left;
#elif defined(__aarch64__)
    register saved_call* left asm("x0") = &from;
    register saved_call* continued asm("x1") = &to;
    asm volatile("adr x9, 1f\n\t"
                 "mov x10, sp\n\t"
                 "stp x9, x10, [x0]\n\t"
                 "stp x29, x19, [x0, #16]\n\t"
                 "ldp x9, x10, [x1]\n\t"
                 "ldp x29, x19, [x1, #16]\n\t"
                 "mov sp, x10\n\t"
                 "br x9\n\t"
                 "1:\n\t" WEFT_LANDING_PAD
                 : "+r"(left), "+r"(continued)
                 :
                 : "memory", "cc", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
                   "x15", "x16", "x17", "x18", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30",
                   "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",
                   "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",
                   "v30", "v31"
#if defined(__ARM_FEATURE_SVE)
                   ,
                   "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12", "p13", "p14", "p15"
#endif
    );
    return *left;
#else
#error "the inline switch exists for x86-64 and aarch64 only: build with WEFT_SWITCH=fcontext"
#endif
}

/// Saves the caller in `from` and continues `to`. Returns what was left, most recently, for `from`.
WEFT_SWITCH_INLINE inline saved_call& switch_call(saved_call& from, saved_call& to)
{
    store_floating_control(from.control);
    set_floating_control(to.control, from.control);
    return exchange_registers(from, to);
}

/// The outermost frames of stacks. Never called: their addresses are where a stack starts. Debuggers and backtrace() stop
/// at the first, and go on from the second to whoever resumed the stack.
extern "C" void weft_first_call();
extern "C" void weft_spliced_call();

/// Makes `fresh` start with `Entry(previous)`, which must not return, on the stack that ends at `top`. It starts with
/// the rounding modes and traps of the caller. A `resumer` is where the side that resumes is saved, always.
///
///     top      | aligned to 16 bytes |
///     top - 8  | resumer             |
///     top - 16 | entry               | <- stack_pointer
template <void (*Entry)(saved_call& previous)>
void prepare_call(saved_call& fresh, std::byte* top, std::size_t /*size*/, saved_call* resumer = nullptr) noexcept
{
    constexpr std::size_t alignment = 16;
    struct outermost_frame
    {
        void (*entry)(saved_call& previous);
        saved_call* resumer;
    };
    const auto frame = reinterpret_cast<outermost_frame*>(top - reinterpret_cast<std::uintptr_t>(top) % alignment) - 1;
    frame->entry = Entry;
    frame->resumer = resumer;
    fresh = {reinterpret_cast<const void*>(resumer != nullptr ? &weft_spliced_call : &weft_first_call), frame, nullptr,
             nullptr, current_floating_control()};
}

/// For the saved_call of a resumer that goes on: the stack it has resumed is no longer called by anybody.
inline void forget_call(saved_call& resumer) noexcept
{
    resumer.instruction = nullptr;
}

} // namespace weft::detail

#endif
