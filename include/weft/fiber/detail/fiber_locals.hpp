// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_FIBER_LOCALS_HPP
#define WEFT_FIBER_DETAIL_FIBER_LOCALS_HPP

#include <cstdint>
#include <vector>

namespace weft::detail
{

/// The values that `fiber_specific_ptr` objects keep for one fiber or thread.
class fiber_locals
{
public:
    /// A number that is never used again, unlike an address.
    using key_type = std::uint64_t;
    static key_type make_key() noexcept;

    using function = void (*)();
    /// Cleans `value` up with `custom`, which stands for the function that the user gave.
    using cleanup = void (*)(void* value, function custom) noexcept;

    fiber_locals() = default;
    fiber_locals(const fiber_locals&) = delete;
    fiber_locals& operator=(const fiber_locals&) = delete;
    ~fiber_locals()
    {
        destroy_all();
    }

    void* get(key_type key) const noexcept;

    /// Sets the value and returns the former one, without cleaning that up. Errors: `std::bad_alloc`.
    void* exchange(key_type key, void* value, cleanup clean, function custom);

    /// Cleans up, last set first, until nothing is left: a clean-up may set values again.
    void destroy_all() noexcept;

private:
    struct slot
    {
        key_type key;
        void* value;
        cleanup clean;
        function custom;
    };

    std::vector<slot> slots_;
};

/// Those of the running fiber, or of this thread outside of fibers; null if `create` is false and there are none yet.
fiber_locals* current_locals(bool create);

/// Cleaned up when those of `current_locals` have been: what a fiber or thread does last of all. Never null.
/// Errors: `std::bad_alloc`.
fiber_locals& current_last_actions();

} // namespace weft::detail

#endif
