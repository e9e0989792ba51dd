// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_FIBER_CONTEXT_HPP
#define WEFT_CONTEXT_FIBER_CONTEXT_HPP

#include <weft/context/borrowed_stack.hpp>
#include <weft/context/detail/context_record.hpp>
#include <weft/context/slab_stacks.hpp>
#include <weft/context/stack.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace weft
{

/// What a `fiber_context` can run: gets the handle of whoever started it, returns the handle of whom to continue when
/// it is done.
template <class F>
concept context_entry =
    std::constructible_from<std::decay_t<F>, F> && std::is_invocable_r_v<fiber_context, std::decay_t<F>, fiber_context>;

/// A handle to a stack that is suspended, after the `std::fiber_context` of P0876. To resume it consumes the handle,
/// and gives the other side a handle to the one that resumed: at any moment there is exactly one for each suspended
/// stack, and none for a running one.
///
///     not started            running                    suspended
///
///     | allocator's own |    | allocator's own |        | allocator's own |    higher addresses
///     | record, entry   | <- | record, entry   |        | record, entry   |
///     | first frame     |    | frames          |        | frames          |
///     |                 |    |              <- sp       | resume()        | <- the handle
///     |                 |    |                 |        | registers       | <- resume_point
///     | guard           |    | guard           |        | guard           |
///
/// With a stack of the caller's, nothing is taken from the heap and no system call is made.
///
/// A context's exceptions in flight and `errno` are its own: it may be suspended inside a catch block. One that is
/// resumed on another thread than before must not have kept addresses of thread-local variables, which compilers do.
///
/// An exception that leaves the entry function comes out of the `resume` of the context that the entry function's
/// argument names at that moment, which is whoever resumed it last if every `resume` is written
/// `caller = std::move(caller).resume()`. If it names nobody: `std::terminate`. Therefore take the argument by
/// reference: a copy on the context's own stack is dropped, and what it names is unwound, by the exception itself.
///
/// Dropping the handle of a suspended stack unwinds it: its wait throws something that is no `std::exception`, its
/// destructors run, then the drop returns. `catch (...)` on that stack must rethrow and no frame may be `noexcept`:
/// both are `std::terminate`. So is dropping the handle of a thread's own stack. A context that has not started is
/// destroyed without running.
///
/// Thread safety: one owner at a time. What happened before `resume` is visible to the resumed side, on any thread.
class fiber_context
{
public:
    fiber_context() noexcept = default;

    /// Prepares `entry` to run on a guarded stack of its own, from `default_stacks`. It runs at the first `resume`.
    ///
    /// Errors: what `default_stacks::allocate` and the construction of the entry function throw.
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, fiber_context> && context_entry<F>)
    explicit fiber_context(F&& entry)
        : fiber_context(std::allocator_arg, default_stacks(), std::forward<F>(entry))
    {
    }

    /// As above, on a stack from `allocator`, weft's or Boost.Context's: one passed as an lvalue is referred to and must outlive the context, an
    /// rvalue is moved into it. The stack goes back once the context has ended and another one runs.
    ///
    /// Errors: what the allocator throws; `invalid_argument` if its stack cannot hold `entry` and a few frames. Then
    /// `entry` has not been moved from, and the stack is back.
    template <class Allocator, context_entry F>
        requires stack_allocator<std::remove_reference_t<Allocator>>
    fiber_context(std::allocator_arg_t /*tag*/, Allocator&& allocator, F&& entry)
        : suspension_(&detail::make_record(std::forward<Allocator>(allocator), std::forward<F>(entry)).first)
    {
    }

    /// As above, on memory of the caller's, which must stay until the context has ended and another one runs. Not in a
    /// frame: checking tools cannot tell it from one.
    ///
    /// Errors: `invalid_argument` if `where` is null, smaller than `minimum_stack_size()` or cannot hold `entry`.
    template <context_entry F>
    fiber_context(stack where, F&& entry)
        : fiber_context(std::allocator_arg, borrowed_stack(where), std::forward<F>(entry))
    {
    }

    fiber_context(fiber_context&& other) noexcept : suspension_(std::exchange(other.suspension_, nullptr)) {}

    /// Drops what was named before.
    fiber_context& operator=(fiber_context&& other) noexcept
    {
        fiber_context(std::move(other)).swap(*this);
        return *this;
    }

    ~fiber_context()
    {
        if (suspension_ != nullptr)
        {
            detail::drop(*suspension_);
        }
    }

    /// Suspends the caller and continues what this handle names; the other side can read `value` from the handle it
    /// gets. Returns when somebody resumes the caller: the handle of that one, empty if it has ended.
    ///
    /// Blocks: the calling stack, until it is resumed.
    /// Cancellation: by dropping the caller's handle, see above.
    /// Errors: `invalid_argument` if the handle is empty; what left the entry function of a context that ended.
    [[nodiscard]] WEFT_SWITCH_INLINE fiber_context resume(void* value = nullptr) &&
    {
        detail::suspension self(value);
        return continue_from(self);
    }

    /// As `resume`, but `function(fiber_context&& caller)` runs on the continued stack before that goes on, and returns
    /// the handle that the continued side gets. What it throws comes out of the wait there, or counts as thrown by the
    /// entry function if that has not started. What `caller` still names then is dropped in the first case.
    template <class Function>
        requires std::is_invocable_r_v<fiber_context, Function, fiber_context>
    [[nodiscard]] fiber_context resume_with(Function function) &&
    {
        detail::suspension self;
        if (suspension_ != nullptr)
        {
            suspension_->action = [](void* closure, fiber_context&& caller) -> fiber_context {
                // The caller's frame may be gone before the function is done.
                Function own(std::move(*static_cast<Function*>(closure)));
                return std::invoke(std::move(own), std::move(caller));
            };
            suspension_->action_closure = std::addressof(function);
        }
        return continue_from(self);
    }

    /// What the suspended side passed to `resume`; null for an empty handle, or if it has not started.
    void* value() const noexcept
    {
        return suspension_ != nullptr ? suspension_->value : nullptr;
    }

    bool empty() const noexcept
    {
        return suspension_ == nullptr;
    }

    explicit operator bool() const noexcept
    {
        return suspension_ != nullptr;
    }

    void swap(fiber_context& other) noexcept
    {
        std::swap(suspension_, other.suspension_);
    }

    friend void swap(fiber_context& left, fiber_context& right) noexcept
    {
        left.swap(right);
    }

private:
    friend struct detail::context_access;

    explicit fiber_context(detail::suspension* named) noexcept : suspension_(named) {}

    WEFT_SWITCH_INLINE fiber_context continue_from(detail::suspension& self)
    {
        if (suspension_ == nullptr) [[unlikely]]
        {
            detail::throw_empty_handle();
        }
        detail::continue_from(self, *std::exchange(suspension_, nullptr));
        fiber_context caller;
        arrive(self, caller);
        return caller;
    }

    // What a continued side does first. What is thrown here finds the caller in `caller`.
    static void arrive(detail::suspension& self, fiber_context& caller)
    {
        caller.suspension_ = self.caller;
        if (self.ended != nullptr) [[unlikely]]
        {
            detail::bury(*self.ended);
        }
        if (self.action != nullptr) [[unlikely]]
        {
            caller = self.action(self.action_closure, std::move(caller));
        }
    }

    detail::suspension* suspension_ = nullptr;
};

} // namespace weft

#include <weft/context/detail/entry_record.hpp>

#endif
