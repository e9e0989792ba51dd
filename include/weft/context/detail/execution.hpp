// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_EXECUTION_HPP
#define WEFT_CONTEXT_DETAIL_EXECUTION_HPP

// A call stack and the switch between two of them, with all that belongs to the stack and not to the thread.

#include <weft/context/detail/link_tag.hpp>
#include <weft/context/detail/sanitizer.hpp>
#include <weft/context/detail/switch.hpp>
#include <weft/context/stack.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace weft::detail
{

/// What the Itanium C++ ABI keeps per thread about exceptions in flight, in its documented layout. It belongs to the
/// fiber: one that waits inside a catch block must find its own exception again.
struct exception_state
{
    void* caught = nullptr;
    unsigned int uncaught = 0;
};

/// Addresses of what the running thread keeps for whoever runs on it. Asked for once per visit to a thread, never
/// cached over a migration.
struct thread_anchors
{
    exception_state* exceptions = nullptr;
    int* error_number = nullptr;
};

/// Out of line and opaque, so that no compiler carries a thread-local address over a switch.
thread_anchors current_thread_anchors() noexcept;

/// A call stack that is not running now, or the place where a running one will be saved.
///
///     not started   saved_call -> first frame made by prepare(); nothing else on the stack
///     suspended     saved_call -> the frame that switched away
///     running       saved_call is stale; the registers are the processor's
struct execution : saved_call
{
    exception_state exceptions{}; ///< empty while it runs, as the thread's is during a switch
    int error_number = 0;
#if defined(WEFT_ASAN)
    void* fake_stack = nullptr;
    const void* stack_bottom = nullptr;
    std::size_t stack_size = 0;
#endif
#if defined(WEFT_TSAN)
    void* tsan_fiber = nullptr;
#endif

    void describe_stack([[maybe_unused]] stack where) noexcept
    {
#if defined(WEFT_ASAN)
        stack_bottom = where.base;
        stack_size = where.size;
#endif
    }
};

/// Tells the sanitizers that `from` is about to be left for `to`. A `from` that never comes back gives up its shadow.
WEFT_SWITCH_INLINE inline void announce_switch([[maybe_unused]] execution& from, [[maybe_unused]] execution& to,
                                               [[maybe_unused]] bool last_time)
{
#if defined(WEFT_ASAN)
    __sanitizer_start_switch_fiber(last_time ? nullptr : &from.fake_stack, to.stack_bottom, to.stack_size);
#endif
#if defined(WEFT_TSAN)
    // Not what it was made with, if the fiber runs a context of its own.
    from.tsan_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to.tsan_fiber, 0);
#endif
}

/// Runs first on the side that was switched to.
WEFT_SWITCH_INLINE inline void complete_switch([[maybe_unused]] execution& previous, [[maybe_unused]] void* fake_stack)
{
#if defined(WEFT_ASAN)
    // The stack of a thread is not ours: its bounds become known when it is left for the first time.
    const void* bottom = nullptr;
    std::size_t size = 0;
    __sanitizer_finish_switch_fiber(fake_stack, &bottom, &size);
    previous.stack_bottom = bottom;
    previous.stack_size = size;
#endif
}

[[gnu::cold, gnu::noinline]] inline void exchange_changed_state(execution& from, execution& to,
                                                                const thread_anchors& anchors) noexcept
{
    from.exceptions = std::exchange(*anchors.exceptions, to.exceptions);
    to.exceptions = {};
    from.error_number = std::exchange(*anchors.error_number, to.error_number);
}

/// Takes from the thread what is `from`'s and gives it what is `to`'s, which it mostly has already: no exception in
/// flight and the same `errno`. All of it on the side that leaves, so that nothing is read again on the other.
WEFT_SWITCH_INLINE inline void exchange_thread_state(execution& from, execution& to, const thread_anchors& anchors)
{
    const auto& thread = *anchors.exceptions;
    const auto error_number = *anchors.error_number;
    // One branch in place of six.
    const auto changed = reinterpret_cast<std::uintptr_t>(thread.caught) | thread.uncaught |
                         reinterpret_cast<std::uintptr_t>(to.exceptions.caught) | to.exceptions.uncaught |
                         static_cast<unsigned>((error_number ^ from.error_number) | (error_number ^ to.error_number));
    if (changed != 0) [[unlikely]]
    {
        exchange_changed_state(from, to, anchors);
    }
}

/// Saves the caller in `from` and continues `to`; returns when somebody switches back to `from`, perhaps on another
/// thread. `anchors` are this thread's.
template <bool LastTime = false>
WEFT_SWITCH_INLINE inline void switch_execution(execution& from, execution& to, const thread_anchors& anchors)
{
    exchange_thread_state(from, to, anchors);
    announce_switch(from, to, LastTime);
    auto& previous = static_cast<execution&>(switch_call(from, to));
#if defined(WEFT_ASAN)
    complete_switch(previous, from.fake_stack);
#else
    complete_switch(previous, nullptr);
#endif
}

/// Where a stack starts.
template <void (*Entry)(execution& previous)>
struct first_call
{
    WEFT_ENTRY_ATTRIBUTE static void enter(saved_call& left)
    {
        auto& previous = static_cast<execution&>(left);
        complete_switch(previous, nullptr);
        Entry(previous);
    }
};

/// Makes `fresh` start with `Entry(previous)` on the stack that ends at `top`. `Entry` finds no exception in flight and
/// an `errno` of 0, and must not return. If it is always resumed by the same side, backtraces can go on there: from
/// `resumer`, unless `forget_call` was called for that.
template <void (*Entry)(execution& previous)>
void prepare_execution(execution& fresh, std::byte* top, std::size_t size, execution* resumer = nullptr) noexcept
{
    prepare_call<&first_call<Entry>::enter>(fresh, top, size, resumer);
}

} // namespace weft::detail

#endif
