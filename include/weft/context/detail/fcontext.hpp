// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_FCONTEXT_HPP
#define WEFT_CONTEXT_DETAIL_FCONTEXT_HPP

// The portable switch: Boost.Context's fcontext, which lives in that library's `detail` namespace. The one file that
// names it.

#include <weft/context/detail/floating_control.hpp>
#include <weft/context/detail/sanitizer.hpp>

#include <boost/context/detail/fcontext.hpp>

#include <cstddef>

#define WEFT_TAG_SWITCH fcontext

namespace weft::detail
{

/// Where a suspended call stack continues. The side that is switched to stores it: only then are the registers of the
/// leaving side safe, on the leaving stack, right below the frame that switched away.
struct saved_call
{
    boost::context::detail::fcontext_t resume_point = nullptr;
#if !defined(__x86_64__)
    floating_control control{}; ///< which Boost's assembly keeps on x86 only
#endif
};

/// Saves the caller in `from` and continues `to`. Returns what was left, most recently, for `from`.
WEFT_SWITCH_INLINE inline saved_call& switch_call(saved_call& from, saved_call& to)
{
#if !defined(__x86_64__)
    store_floating_control(from.control);
    set_floating_control(to.control, from.control);
#endif
    const auto arrival = boost::context::detail::jump_fcontext(to.resume_point, &from);
    auto& previous = *static_cast<saved_call*>(arrival.data);
    previous.resume_point = arrival.fctx;
    return previous;
}

/// Makes `fresh` start with `Entry(previous)`, which must not return, on the stack that ends at `top`. Debuggers and
/// backtrace() stop there: what Boost's assembly saves of a resumer, and where, is its own affair.
template <void (*Entry)(saved_call& previous)>
void prepare_call(saved_call& fresh, std::byte* top, std::size_t size, saved_call* /*resumer*/ = nullptr) noexcept
{
    struct first_frame
    {
        WEFT_ENTRY_ATTRIBUTE static void enter(boost::context::detail::transfer_t arrival)
        {
            WEFT_END_OF_CALL_STACK;
            auto& previous = *static_cast<saved_call*>(arrival.data);
            previous.resume_point = arrival.fctx;
            Entry(previous);
            __builtin_unreachable();
        }
    };
    fresh.resume_point = boost::context::detail::make_fcontext(top, size, &first_frame::enter);
#if !defined(__x86_64__)
    fresh.control = current_floating_control();
#endif
}

inline void forget_call(saved_call& /*resumer*/) noexcept {}

} // namespace weft::detail

#endif
