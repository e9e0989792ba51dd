// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_GENERATOR_HPP
#define WEFT_CONTEXT_GENERATOR_HPP

#include <weft/context/borrowed_stack.hpp>
#include <weft/context/detail/foreign_stacks.hpp>
#include <weft/context/detail/generator_ends.hpp>
#include <weft/context/detail/generator_record.hpp>
#include <weft/context/detail/placed_record.hpp>
#include <weft/context/slab_stacks.hpp>
#include <weft/context/stack.hpp>

#include <concepts>
#include <functional>
#include <iterator>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace weft
{

/// A function on a stack of its own that produces values one by one and may get one for each, after libfringe's:
///
///     generator<int, int> sums([](auto& yield, int term) {
///         for (int sum = 0;;)
///         {
///             sum += term;
///             term = yield(sum);
///         }
///     });
///     sums.resume(1); // 1
///     sums.resume(2); // 3
///
/// The body is called by the first `resume`, with the first input. Values are moved from frame to frame, once in each
/// direction, and never to the heap. `In` and `Out` may be lvalue references: nothing is moved then, and what they
/// refer to must stay until the other side has looked at it.
///
/// A `generator<Out>` is a view, single-pass and to be moved (`std::ranges::ref_view` makes a pipeline that leaves the
/// rest in place), and its own position: each `begin()` goes on with the next value, as each `++` does.
///
///     generator<int> numbers([](auto& yield) {
///         for (int i = 0;; ++i)
///         {
///             yield(i);
///         }
///     });
///     for (int each : std::move(numbers) | std::views::take(3)) // 0, 1, 2
///
/// An exception that leaves the body comes out of the `resume` (or `begin`, or `++`) that continued it; the generator
/// is done then, as after a return: further ones find nothing.
///
/// A generator that is dropped before it is done is unwound: its yielder throws something that is no `std::exception`,
/// the body's destructors run, then the drop returns. Nothing may be yielded meanwhile, `catch (...)` in the body must
/// rethrow, and no frame of it may be `noexcept`: all three are `std::terminate`. So is dropping a generator out of its
/// own body. A body that has not been called is destroyed.
///
/// The body's exceptions in flight and its `errno` are its own: it may yield inside a catch block. It may resume other
/// generators, and needs no scheduler. Inside a fiber it may wait for whatever a fiber can: the fiber then waits with
/// both stacks, perhaps goes on on another thread, and nobody else can resume the generator before the body yields.
/// Each `resume` may come from another fiber; the body's waits are that one's.
///
/// It works on any stack. With one of the caller's nothing is taken from the heap and no system call is made, but for
/// what the C++ runtime needs to throw, also to unwind. Captures are destroyed when the body ends; the stack is kept
/// until the generator is dropped or `release_stack` is called.
///
/// Thread safety: one owner at a time. What happened before `resume` is visible to the body, on any thread; a body that
/// is resumed on another thread than before must not have kept addresses of thread-local variables, which compilers do.
/// Sides that take turns on several threads must be ordered by their owner, with a lock or a join.
template <generator_value Out, generator_value In = void>
class [[nodiscard]] generator
{
public:
    /// What the body gets: it hands values out, and takes the next one in.
    using yielder = generator_yielder<Out, In>;
    using iterator = generator_iterator<Out>;

    /// Of `resume`: whether the body has suspended, with the value if there is one. References come wrapped.
    using result_type = detail::generator_result<Out>;

    generator() noexcept = default;

    /// Prepares `body` to run on a guarded stack of its own, from `default_stacks`.
    ///
    /// Errors: what `default_stacks::allocate` and the construction of the body throw.
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, generator> && generator_body<F, yielder, In>)
    explicit generator(F&& body) : generator(std::allocator_arg, default_stacks(), std::forward<F>(body))
    {
    }

    /// As above, on a stack from `allocator`: one passed as an lvalue is referred to and must outlive the generator, an
    /// rvalue is moved into it.
    ///
    /// Errors: what the allocator throws; `invalid_argument` if its stack cannot hold `body` and a few frames. Then
    /// `body` has not been moved from, and the stack is back.
    template <class Allocator, generator_body<yielder, In> F>
        requires stack_allocator<std::remove_reference_t<Allocator>>
    generator(std::allocator_arg_t /*tag*/, Allocator&& allocator, F&& body)
        : record_(&make(detail::native_stacks(std::forward<Allocator>(allocator)), std::forward<F>(body)))
    {
    }

    /// As above, on memory of the caller's, which must stay until `release_stack` or the end of the generator. Not in a
    /// frame: checking tools cannot tell it from one.
    ///
    /// Errors: `invalid_argument` if `where` is null, smaller than `minimum_stack_size()` or cannot hold `body`.
    template <generator_body<yielder, In> F>
    generator(stack where, F&& body) : generator(std::allocator_arg, borrowed_stack(where), std::forward<F>(body))
    {
        record_->memory_is_callers = true;
    }

    /// Also while the body has been begun: neither it nor iterators notice.
    generator(generator&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}

    /// Drops what was named before.
    generator& operator=(generator&& other) noexcept
    {
        generator(std::move(other)).swap(*this);
        return *this;
    }

    ~generator()
    {
        if (record_ != nullptr)
        {
            detail::drop(*record_);
        }
    }

    /// Continues the body until it yields or ends. Nothing (`nullopt`, false) if it ends, or has done so before.
    ///
    /// Blocks: the caller, while the body runs.
    /// Errors: what leaves the body; what moving the value throws, the generator is at its next step then;
    /// `invalid_argument` if the generator is empty, `device_or_resource_busy` if its body is running.
    WEFT_PATH_INLINE result_type resume(detail::parameter_of<In> input)
        requires(!std::is_void_v<In>)
    {
        return advance(detail::address_to_pass(input));
    }
    WEFT_PATH_INLINE result_type resume()
        requires std::is_void_v<In>
    {
        return advance(nullptr);
    }

    /// Resumes the body, and refers to what it yields. Errors: as of `resume`.
    WEFT_PATH_INLINE iterator begin()
        requires(std::is_void_v<In> && !std::is_void_v<Out>)
    {
        detail::resume_body(detail::require_record(record_), nullptr);
        return iterator(*record_);
    }

    std::default_sentinel_t end() const noexcept
        requires(std::is_void_v<In> && !std::is_void_v<Out>)
    {
        return std::default_sentinel;
    }

    /// True if the body has returned or thrown, and if there is none: it was moved from or its stack is released.
    bool done() const noexcept
    {
        return record_ == nullptr || record_->state == detail::generator_state::ended;
    }

    /// The opposite: there may be more.
    explicit operator bool() const noexcept
    {
        return !done();
    }

    /// Gives the stack of a generator that is done back, for reuse before the generator is dropped: to its allocator,
    /// or to the caller as the result if it was the caller's. The generator is empty then.
    ///
    /// Errors: `device_or_resource_busy` if the generator is not done, `invalid_argument` if it is empty.
    stack release_stack()
    {
        const stack released = detail::release_stack(record_);
        record_ = nullptr;
        return released;
    }

    void swap(generator& other) noexcept
    {
        std::swap(record_, other.record_);
    }

    friend void swap(generator& left, generator& right) noexcept
    {
        left.swap(right);
    }

private:
    /// `allocator` is of weft's kind.
    template <class Allocator, class F>
    static detail::generator_record& make(Allocator&& allocator, F&& body)
    {
        using body_type = std::decay_t<F>;
        using record_type = detail::placed_record<detail::generator_record, Allocator, body_type>;
        auto& made = detail::make_placed<record_type>(std::forward<Allocator>(allocator), std::forward<F>(body));
        made.run = [](detail::generator_record& base) {
            const detail::destroy_on_exit<body_type> on_exit{static_cast<record_type&>(base).function};
            yielder end(base);
            if constexpr (std::is_void_v<In>)
            {
                static_cast<void>(std::invoke(std::move(on_exit.which), end));
            }
            else
            {
                // A new object: one that the body takes by reference must outlive the resumer's.
                static_cast<void>(std::move(on_exit.which)(end, end.take_input()));
            }
        };
        return made;
    }

    WEFT_PATH_INLINE result_type advance(void* input)
    {
        detail::generator_record& record = detail::require_record(record_);
        const bool suspended = detail::resume_body(record, input);
        if constexpr (std::is_void_v<Out>)
        {
            return suspended;
        }
        else
        {
            return suspended ? result_type(std::in_place, detail::passed_value<Out>(record.output)) : result_type();
        }
    }

    detail::generator_record* record_ = nullptr;
};

} // namespace weft

template <class Out>
    requires(!std::is_void_v<Out>)
inline constexpr bool std::ranges::enable_view<weft::generator<Out, void>> = true;

#endif
