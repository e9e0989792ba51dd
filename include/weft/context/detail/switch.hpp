// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_SWITCH_HPP
#define WEFT_CONTEXT_DETAIL_SWITCH_HPP

// The back end that saves and restores registers: a build option of weft, WEFT_SWITCH. Each has
//
//     struct saved_call;                                               where a suspended call stack continues
//     saved_call& switch_call(saved_call& from, saved_call& to);       saves the caller, continues another
//     void prepare_call<Entry>(saved_call& fresh, top, size, resumer); makes a stack start with Entry
//     void forget_call(saved_call& resumer);                           it goes on: nobody calls what it has resumed
//     WEFT_TAG_SWITCH                                                  its name, for the link tag

#if defined(WEFT_INLINE_SWITCH)
#include <weft/context/detail/inline_switch.hpp>
#else
#include <weft/context/detail/fcontext.hpp>
#endif

#endif
