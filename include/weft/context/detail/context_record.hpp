// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_CONTEXT_RECORD_HPP
#define WEFT_CONTEXT_DETAIL_CONTEXT_RECORD_HPP

// What fiber_context.hpp is made of and its users do not name.

#include <weft/context/detail/execution.hpp>
#include <weft/context/detail/sanitizer.hpp>
#include <weft/context/stack.hpp>

#include <cstddef>
#include <exception>

namespace weft
{
class fiber_context;
}

namespace weft::detail
{

struct context_access;
struct context_record;

/// Runs on the stack that is continued, before it goes on. Returns what the continued side gets as its caller.
using arrival_action = fiber_context (*)(void* closure, fiber_context&& caller);

/// One stack that waits to be continued; whoever continues it consumes the suspension. It lies in the waiting frame
/// itself, or in the record of a context that has not started.
///
/// What has no initial value is written before anybody reads it: to clear all of it would double the cost of a switch.
struct suspension : execution
{
    explicit suspension(void* value_sent = nullptr) noexcept : value(value_sent) {}

    context_record* fresh = nullptr; // set while the context has not started
    void* value;                     // for whoever is continued from here
    suspension* continued;           // who was continued from here

    // Written by whoever holds the handle, right before the switch:
    thread_anchors anchors;
    suspension* caller;              // who waits for the continuing side; null if that one has ended
    context_record* ended = nullptr; // who has ended, its stack still to be handed back
    arrival_action action = nullptr; // to run on arrival
    void* action_closure;            // lives on the caller's stack
};

/// Control block of a context that was made, not found: it lies on top of the context's stack, with the callable.
struct context_record
{
    explicit context_record(stack where) noexcept : memory(where)
    {
        first.fresh = this;
    }
    context_record(const context_record&) = delete;
    context_record& operator=(const context_record&) = delete;

    suspension first;           // where it starts, and where it is left for good
    stack memory;               // all of it, this record included
    std::exception_ptr failure; // what left the entry function
    /// Calls the entry function and destroys it; returns whom to continue.
    fiber_context (*run)(context_record& self, fiber_context&& caller) = nullptr;
    /// Destroys an entry function that was not called.
    void (*discard)(context_record& self) noexcept = nullptr;
    /// Destroys the record and gives its memory back.
    void (*release)(context_record& self) noexcept = nullptr;

protected:
    ~context_record() = default;
};

/// Thrown out of a wait to unwind a stack whose handle was dropped. It must reach the end of that stack.
class forced_unwind
{
public:
    explicit forced_unwind(suspension* owner) noexcept : owner_(owner) {}
    forced_unwind(const forced_unwind& other) noexcept // never the one in flight; `throw` asks for it
        : owner_(other.owner_), arrived_(true)
    {
    }
    forced_unwind& operator=(const forced_unwind&) = delete;
    ~forced_unwind();

    /// Called at the end of the stack: who waits for it to be unwound.
    suspension* arrive() noexcept
    {
        arrived_ = true;
        return owner_;
    }

private:
    suspension* owner_;
    bool arrived_ = false;
};

/// Takes a stack and makes the record of a context on top of it.
template <class Allocator, class F>
context_record& make_record(Allocator&& allocator, F&& entry);

/// Makes `record.first` ready to be continued.
void start_record(context_record& record, std::byte* top) noexcept;

/// Unwinds a suspended stack, or discards one that has not started.
void drop(suspension& which) noexcept;

/// Hands the stack of a context that has ended back, then throws what left its entry function.
void bury(context_record& ended);

[[noreturn]] void throw_empty_handle();

/// Leaves the running stack in `self` and continues `next`; returns when `self` is continued.
WEFT_SWITCH_INLINE inline void continue_from(suspension& self, suspension& next)
{
    self.anchors = current_thread_anchors();
#if defined(WEFT_TSAN)
    self.tsan_fiber = __tsan_get_current_fiber();
#endif
    self.continued = &next;
    next.caller = &self;
    next.anchors = self.anchors;
    switch_execution(self, next, self.anchors);
}

} // namespace weft::detail

#endif
