// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_COUNTED_POINTER_HPP
#define WEFT_FIBER_DETAIL_COUNTED_POINTER_HPP

#include <utility>

namespace weft::detail
{

/// Holds one reference to an object that counts them, or none. `Counting::give_up(object)` is called at its end, and
/// `Counting::add(object)` for a copy; without that it can only be moved.
template <class T, class Counting>
class counted_pointer
{
public:
    counted_pointer() = default;
    /// Takes over a reference.
    explicit counted_pointer(T& object) noexcept : object_(&object) {}
    counted_pointer(const counted_pointer& other) noexcept
        requires requires(T& object) { Counting::add(object); }
        : object_(other.object_)
    {
        if (object_ != nullptr)
        {
            Counting::add(*object_);
        }
    }
    counted_pointer(counted_pointer&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    counted_pointer& operator=(counted_pointer other) noexcept
    {
        std::swap(object_, other.object_);
        return *this;
    }
    ~counted_pointer()
    {
        if (object_ != nullptr)
        {
            Counting::give_up(*object_);
        }
    }
    T* get() const noexcept
    {
        return object_;
    }
    T* operator->() const noexcept
    {
        return object_;
    }
    explicit operator bool() const noexcept
    {
        return object_ != nullptr;
    }

private:
    T* object_ = nullptr;
};

/// Who holds the object is the same to it.
struct plain_counting
{
    template <class T>
    static void add(T& object) noexcept
    {
        object.add_reference();
    }
    template <class T>
    static void give_up(T& object) noexcept
    {
        object.release();
    }
};

} // namespace weft::detail

#endif
