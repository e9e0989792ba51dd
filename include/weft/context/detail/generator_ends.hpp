// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_GENERATOR_ENDS_HPP
#define WEFT_CONTEXT_DETAIL_GENERATOR_ENDS_HPP

// What a generator can run and pass, and its two ends that users get: the body's yielder, and a range's iterator.

#include <weft/context/detail/generator_record.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <type_traits>

namespace weft
{

/// What a generator can pass in either direction: an object that can be moved, an lvalue reference, or nothing.
template <class T>
concept generator_value =
    std::is_void_v<T> || std::is_lvalue_reference_v<T> || (std::is_object_v<T> && std::move_constructible<T>);

/// What a generator can run: gets the yielder and, unless `In` is void, the first input. What it returns is ignored.
template <class F, class Yielder, class In>
concept generator_body = std::constructible_from<std::decay_t<F>, F> &&
                         (std::is_void_v<In> ? std::is_invocable_v<std::decay_t<F>, Yielder&>
                                             : std::is_invocable_v<std::decay_t<F>, Yielder&, In>);

template <generator_value Out, generator_value In>
class generator;

namespace detail
{

/// What `resume` returns.
template <class Out>
using generator_result =
    std::conditional_t<std::is_void_v<Out>, bool,
                       std::optional<std::conditional_t<std::is_lvalue_reference_v<Out>,
                                                        std::reference_wrapper<std::remove_reference_t<Out>>,
                                                        std::remove_cv_t<parameter_of<Out>>>>>;

} // namespace detail

/// What the body of a `generator<Out, In>` yields through.
template <class Out, class In>
class generator_yielder
{
public:
    generator_yielder(const generator_yielder&) = delete;
    generator_yielder& operator=(const generator_yielder&) = delete;

    /// Suspends the body and hands `value` to whoever has resumed it. Returns what the next `resume` brings.
    ///
    /// Blocks: the body, until it is resumed.
    /// Cancellation: by dropping the generator, see there.
    /// Errors: `operation_not_permitted` if the body is not running; what moving the input throws.
    WEFT_PATH_INLINE In suspend(detail::parameter_of<Out> value)
        requires(!std::is_void_v<Out>)
    {
        return pass(detail::address_to_pass(value));
    }
    WEFT_PATH_INLINE In suspend()
        requires std::is_void_v<Out>
    {
        return pass(nullptr);
    }

    /// The same, shorter.
    WEFT_PATH_INLINE In operator()(detail::parameter_of<Out> value)
        requires(!std::is_void_v<Out>)
    {
        return pass(detail::address_to_pass(value));
    }
    WEFT_PATH_INLINE In operator()()
        requires std::is_void_v<Out>
    {
        return pass(nullptr);
    }

private:
    template <generator_value, generator_value>
    friend class generator;

    explicit generator_yielder(detail::generator_record& record) noexcept : record_(record) {}

    WEFT_PATH_INLINE In pass(void* output)
    {
        detail::suspend_body(record_, output);
        return take_input();
    }

    WEFT_PATH_INLINE In take_input()
    {
        if constexpr (!std::is_void_v<In>)
        {
            return detail::passed_value<In>(record_.input);
        }
    }

    detail::generator_record& record_;
};

/// Refers to the value in the body's frame, which lives until the next step and may be moved from. Copies are the same
/// position.
template <class Out>
class generator_iterator
{
public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = std::remove_cvref_t<Out>;
    using difference_type = std::ptrdiff_t;

    /// An rvalue, or the reference if `Out` is one.
    Out&& operator*() const noexcept
    {
        return detail::passed_value<Out>(record_->output);
    }

    WEFT_PATH_INLINE generator_iterator& operator++()
    {
        detail::resume_body(*record_, nullptr);
        return *this;
    }
    WEFT_PATH_INLINE void operator++(int)
    {
        ++*this;
    }

    friend bool operator==(const generator_iterator& left, std::default_sentinel_t /*end*/) noexcept
    {
        return left.record_->state == detail::generator_state::ended;
    }

private:
    template <generator_value, generator_value>
    friend class generator;

    explicit generator_iterator(detail::generator_record& record) noexcept : record_(&record) {}

    detail::generator_record* record_;
};

} // namespace weft

#endif
