// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_FIBER_SPECIFIC_PTR_HPP
#define WEFT_FIBER_FIBER_SPECIFIC_PTR_HPP

#include <weft/fiber/detail/fiber_locals.hpp>

#include <cstdlib>

namespace weft
{

/// One pointer for each fiber, as `boost::fibers::fiber_specific_ptr`: what `thread_local` is to threads. Outside of
/// fibers it holds one for each thread.
///
/// When a fiber ends, its value is cleaned up on its own stack: deleted, or given to the function of the constructor.
/// Values that are still set when the `fiber_specific_ptr` itself is destroyed are not cleaned up, except the caller's.
///
/// Thread safety: any fiber, any thread. Complexity: linear in the number of pointers that the fiber has set.
template <class T>
class fiber_specific_ptr
{
public:
    using element_type = T;

    fiber_specific_ptr() noexcept = default;

    /// `cleaner` gets the value in place of `delete`; it must not throw. Null: values are not cleaned up.
    explicit fiber_specific_ptr(void (*cleaner)(T*)) noexcept : clean_(cleaner), is_custom_(true) {}

    ~fiber_specific_ptr()
    {
        reset();
    }

    fiber_specific_ptr(const fiber_specific_ptr&) = delete;
    fiber_specific_ptr& operator=(const fiber_specific_ptr&) = delete;

    /// The value of the running fiber or thread; null if none is set.
    T* get() const noexcept
    {
        const auto locals = detail::current_locals(false);
        return locals != nullptr ? static_cast<T*>(locals->get(this)) : nullptr;
    }

    T* operator->() const noexcept
    {
        return get();
    }

    T& operator*() const noexcept
    {
        return *get();
    }

    /// Gives the value up without cleaning it up.
    T* release() noexcept
    {
        return get() != nullptr ? exchange(nullptr) : nullptr;
    }

    /// Cleans the former value up and sets this one. Errors: `std::bad_alloc`; the former value stays then.
    void reset(T* value = nullptr)
    {
        const auto former = get();
        if (former == value)
        {
            return;
        }
        exchange(value);
        if (former != nullptr)
        {
            clean(former, this);
        }
    }

private:
    T* exchange(T* value)
    {
        return static_cast<T*>(detail::current_locals(true)->exchange(this, value, &clean, this));
    }

    static void clean(void* value, void* self) noexcept
    {
        const auto& pointer = *static_cast<fiber_specific_ptr*>(self);
        if (!pointer.is_custom_)
        {
            delete static_cast<T*>(value);
        }
        else if (pointer.clean_ != nullptr)
        {
            pointer.clean_(static_cast<T*>(value));
        }
    }

    void (*clean_)(T*) = nullptr;
    bool is_custom_ = false;
};

} // namespace weft

#endif
