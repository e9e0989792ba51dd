// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The outermost frames of stacks that the inline switch starts. Both find at their stack pointer
//
//     + 0   the function to call
//     + 8   address of the saved_call of whoever resumes this stack (spliced frames only)
//
// and get in the first argument register the saved_call that was left.
//
// Call-frame information tells debuggers, backtrace() and profilers what is outside. At `weft_first_call` it is nothing.
// At `weft_spliced_call` it is the frame that waits in resume: stack pointer (the canonical frame address), return
// address, frame pointer and base pointer are read from that saved_call; a return address of null is the end.
// Exceptions never get here: the function called catches them.
//
// The stack that resumed may lie at lower addresses. Debuggers would take that for corruption if the frame between were
// not marked as one of a signal handler, whose stack may be anywhere too.

#if defined(WEFT_INLINE_SWITCH)

#if defined(__x86_64__)

asm(R"(
    .pushsection .text
    .p2align 4
    .globl weft_first_call
    .type weft_first_call, @function
weft_first_call:
    .cfi_startproc
    .cfi_def_cfa rsp, 16
    .cfi_undefined rip
    endbr64
    callq *(%rsp)
    ud2
    .cfi_endproc
    .size weft_first_call, . - weft_first_call

    .p2align 4
    .globl weft_spliced_call
    .type weft_spliced_call, @function
weft_spliced_call:
    .cfi_startproc
    .cfi_signal_frame
    # CFA = (*(rsp + 8)).stack_pointer
    .cfi_escape 0x0f, 6, 0x77, 8, 0x06, 0x23, 8, 0x06
    # rip, rbp, rbx: at (*(rsp + 8)) + 0, 16, 24
    .cfi_escape 0x10, 16, 3, 0x77, 8, 0x06
    .cfi_escape 0x10, 6, 5, 0x77, 8, 0x06, 0x23, 16
    .cfi_escape 0x10, 3, 5, 0x77, 8, 0x06, 0x23, 24
    endbr64
    callq *(%rsp)
    ud2
    .cfi_endproc
    .size weft_spliced_call, . - weft_spliced_call
    .popsection
)");

#elif defined(__aarch64__)

asm(R"(
    .pushsection .text
    .p2align 4
    .globl weft_first_call
    .type weft_first_call, %function
weft_first_call:
    .cfi_startproc
    .cfi_def_cfa sp, 16
    .cfi_undefined x30
    hint #36
    ldr x9, [sp]
    blr x9
    brk #0
    .cfi_endproc
    .size weft_first_call, . - weft_first_call

    .p2align 4
    .globl weft_spliced_call
    .type weft_spliced_call, %function
weft_spliced_call:
    .cfi_startproc
    .cfi_signal_frame
    // CFA = (*(sp + 8)).stack_pointer
    .cfi_escape 0x0f, 6, 0x8f, 8, 0x06, 0x23, 8, 0x06
    // x30, x29, x19: at (*(sp + 8)) + 0, 16, 24
    .cfi_escape 0x10, 30, 3, 0x8f, 8, 0x06
    .cfi_escape 0x10, 29, 5, 0x8f, 8, 0x06, 0x23, 16
    .cfi_escape 0x10, 19, 5, 0x8f, 8, 0x06, 0x23, 24
    hint #36
    ldr x9, [sp]
    blr x9
    brk #0
    .cfi_endproc
    .size weft_spliced_call, . - weft_spliced_call
    .popsection
)");

#else
#error "the inline switch exists for x86-64 and aarch64 only: build with WEFT_SWITCH=fcontext"
#endif

#endif
