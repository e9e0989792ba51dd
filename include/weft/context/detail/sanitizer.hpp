// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_SANITIZER_HPP
#define WEFT_CONTEXT_DETAIL_SANITIZER_HPP

// Which sanitizer this translation unit is built with. gcc defines macros of its own, clang answers __has_feature.

#if defined(__SANITIZE_ADDRESS__)
#define WEFT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEFT_ASAN 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define WEFT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_TSAN 1
#endif
#endif

#if defined(WEFT_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(WEFT_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

// A switch that tells ThreadSanitizer about itself must neither be instrumented nor be inlined into instrumented code:
// the shadow call stack of the leaving fiber would be popped on the arriving one. Elsewhere the switch must be inlined:
// a call around it costs as much as the jump, because its return address is then predicted wrongly. The same holds for
// the path that leads to it (WEFT_PATH_INLINE), which ThreadSanitizer may instrument; under a sanitizer it need not be fast,
// only small.
#if defined(WEFT_TSAN)
#define WEFT_SWITCH_INLINE __attribute__((noinline, no_sanitize("thread")))
#define WEFT_PATH_INLINE
#define WEFT_ENTRY_ATTRIBUTE __attribute__((no_sanitize("thread")))
#else
#define WEFT_SWITCH_INLINE __attribute__((always_inline))
#if defined(WEFT_ASAN)
#define WEFT_PATH_INLINE
#else
#define WEFT_PATH_INLINE __attribute__((always_inline))
#endif
#define WEFT_ENTRY_ATTRIBUTE
#endif

// Debuggers and backtrace() stop at the function that says this, instead of reading on above the top of the stack.
#if defined(__GCC_HAVE_DWARF2_CFI_ASM) && defined(__x86_64__)
#define WEFT_END_OF_CALL_STACK asm volatile(".cfi_undefined rip")
#elif defined(__GCC_HAVE_DWARF2_CFI_ASM) && defined(__aarch64__)
#define WEFT_END_OF_CALL_STACK asm volatile(".cfi_undefined x30")
#else
#define WEFT_END_OF_CALL_STACK static_cast<void>(0)
#endif

#endif
