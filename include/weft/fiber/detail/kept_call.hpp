// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_KEPT_CALL_HPP
#define WEFT_FIBER_DETAIL_KEPT_CALL_HPP

#include <optional>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// The function of a first fiber and its result, which the caller keeps: 0 for one that returns nothing.
template <class F>
struct kept_call
{
    using returned = std::invoke_result_t<F>;

    std::optional<F> function;
    std::optional<std::conditional_t<std::is_void_v<returned>, int, std::decay_t<returned>>> value = {};

    static void call(void* self)
    {
        auto& first = *static_cast<kept_call*>(self);
        // Ends with the fiber, not after its io_context.
        struct end_function
        {
            kept_call& first;
            ~end_function()
            {
                first.function.reset();
            }
        } const guard{first};
        if constexpr (std::is_void_v<returned>)
        {
            std::move (*first.function)();
            first.value = 0;
        }
        else
        {
            first.value.emplace(std::move(*first.function)());
        }
    }
};

} // namespace weft::detail

#endif
