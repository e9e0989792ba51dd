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
/// The destructor cleans up the caller's value; those of other fibers are when these end.
///
/// Thread safety: any fiber, any thread. Complexity: linear in the number of pointers that the fiber has set.
template <class T>
class fiber_specific_ptr
{
public:
    using element_type = T;

    fiber_specific_ptr() noexcept = default;

    /// `cleaner` gets the value in place of `delete`; it must not throw. Null: values are not cleaned up.
    explicit fiber_specific_ptr(void (*cleaner)(T*)) noexcept
        : custom_(reinterpret_cast<locals::function>(cleaner)), cleanup_(cleaner != nullptr ? &call_cleaner : nullptr)
    {
    }

    ~fiber_specific_ptr()
    {
        reset();
    }

    fiber_specific_ptr(const fiber_specific_ptr&) = delete;
    fiber_specific_ptr& operator=(const fiber_specific_ptr&) = delete;

    /// The value of the running fiber or thread; null if none is set.
    T* get() const noexcept
    {
        const auto mine = detail::current_locals(false);
        return mine != nullptr ? static_cast<T*>(mine->get(key_)) : nullptr;
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
        if (former != nullptr && cleanup_ != nullptr)
        {
            cleanup_(former, custom_);
        }
    }

private:
    using locals = detail::fiber_locals;

    T* exchange(T* value)
    {
        return static_cast<T*>(detail::current_locals(true)->exchange(key_, value, cleanup_, custom_));
    }

    static void delete_value(void* value, locals::function) noexcept
    {
        delete static_cast<T*>(value);
    }
    static void call_cleaner(void* value, locals::function custom) noexcept
    {
        reinterpret_cast<void (*)(T*)>(custom)(static_cast<T*>(value));
    }

    // The fiber keeps copies of these: it may outlive this object.
    const locals::key_type key_ = locals::make_key();
    locals::function custom_ = nullptr;
    locals::cleanup cleanup_ = &delete_value;
};

} // namespace weft

#endif
