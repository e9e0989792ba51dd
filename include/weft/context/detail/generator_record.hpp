// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_GENERATOR_RECORD_HPP
#define WEFT_CONTEXT_DETAIL_GENERATOR_RECORD_HPP

// What generator.hpp is made of and its users do not name: all that does not depend on the types of the values.

#include <weft/context/detail/context_record.hpp>
#include <weft/context/detail/placed_record.hpp>
#include <weft/context/detail/sanitizer.hpp>
#include <weft/context/stack.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <type_traits>

namespace weft::detail
{

enum class generator_state : unsigned char
{
    fresh,     ///< the body has not been called
    suspended, ///< the body waits in its yielder
    running,   ///< the body runs, or waits for another generator or for a fiber's wake-up
    unwinding, ///< the body is being unwound
    ended      ///< the body is destroyed, nothing of it is left on the stack
};

struct generator_record;

/// Where whoever resumes a generator is saved meanwhile.
struct resuming_side : execution
{
    explicit resuming_side(generator_record& which) noexcept : resumed(&which) {}

    generator_record* resumed;
};

/// Control block of a generator, on top of its stack. Values are not in it: they stay in the frame of the side that
/// passes them, which waits as long as the other one looks at them.
struct generator_record
{
    explicit generator_record(stack where) noexcept : resumer(*this), memory(where) {}
    generator_record(const generator_record&) = delete;
    generator_record& operator=(const generator_record&) = delete;

    execution own;
    resuming_side resumer;
    thread_anchors anchors; // of the thread at the latest switch; both sides read them when they go on
    void* input;            // in the resumer's frame
    void* output;           // in the body's frame
    generator_state state = generator_state::fresh;
    bool memory_is_callers = false;
    stack memory; // all of it, this record included

    std::exception_ptr failure; // what left the body
    /// Calls the body and destroys it.
    void (*run)(generator_record& self) = nullptr;
    /// Destroys a body that was not called.
    void (*discard)(generator_record& self) noexcept = nullptr;
    /// Destroys the record and gives its memory back.
    void (*release)(generator_record& self) noexcept = nullptr;

protected:
    ~generator_record() = default;
};

void start_record(generator_record& record, std::byte* top) noexcept;

/// For one that is neither fresh nor suspended: false if it has ended, else throws `device_or_resource_busy`.
bool refuse_resumption(const generator_record& which);

/// For one that was resumed and has not suspended: throws what left the body, or returns false.
bool conclude(generator_record& which);

/// For a yielder that is used while its generator does not run.
[[noreturn]] void refuse_suspension(const generator_record& which);

/// For one that was continued in order to be unwound.
[[noreturn]] void unwind(generator_record& self);

/// Unwinds or discards, and gives the stack back.
void drop(generator_record& which) noexcept;

/// Gives the stack of one that has ended back; returns it if it is the caller's. Throws if it has not.
stack release_stack(generator_record* which);

[[noreturn]] void throw_empty_generator();

inline generator_record& require_record(generator_record* which)
{
    if (which == nullptr) [[unlikely]]
    {
        throw_empty_generator();
    }
    return *which;
}

/// Continues the body. True if it has suspended; then `output` is what it has passed.
WEFT_SWITCH_INLINE inline bool resume_body(generator_record& which, void* input)
{
    if (which.state > generator_state::suspended) [[unlikely]]
    {
        return refuse_resumption(which);
    }
    which.input = input;
    which.state = generator_state::running;
    which.anchors = current_thread_anchors();
    switch_execution(which.resumer, which.own, which.anchors);
    forget_call(which.resumer);
    if (which.state != generator_state::suspended) [[unlikely]]
    {
        return conclude(which);
    }
    return true;
}

/// On the body's side: returns when it is resumed; then `input` is what it gets.
WEFT_SWITCH_INLINE inline void suspend_body(generator_record& self, void* output)
{
    if (self.state != generator_state::running) [[unlikely]]
    {
        refuse_suspension(self);
    }
    self.output = output;
    self.state = generator_state::suspended;
    self.anchors = current_thread_anchors(); // a fiber that runs a body may have come to another thread since
    switch_execution(self.own, self.resumer, self.anchors);
    if (self.state != generator_state::running) [[unlikely]]
    {
        unwind(self);
    }
}

/// Stands for a parameter of type `void`.
struct no_value
{};

template <class T>
using parameter_of = std::conditional_t<std::is_void_v<T>, no_value, T>;

template <class T>
void* address_to_pass(T& value) noexcept
{
    return const_cast<void*>(static_cast<const volatile void*>(std::addressof(value)));
}

/// What was passed, as an rvalue unless `T` is a reference.
template <class T>
T&& passed_value(void* address) noexcept
{
    return static_cast<T&&>(*static_cast<std::remove_reference_t<T>*>(address));
}

} // namespace weft::detail

#endif
