// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_FIBER_LOCALS_HPP
#define WEFT_FIBER_DETAIL_FIBER_LOCALS_HPP

#include <cstddef>
#include <vector>

namespace weft::detail
{

/// The values that `fiber_specific_ptr` objects keep for one fiber or thread.
class fiber_locals
{
public:
    using cleanup = void (*)(void* value, void* context) noexcept;

    fiber_locals() = default;
    fiber_locals(const fiber_locals&) = delete;
    fiber_locals& operator=(const fiber_locals&) = delete;
    ~fiber_locals()
    {
        destroy_all();
    }

    void* get(const void* key) const noexcept;

    /// Sets the value and returns the former one, without cleaning that up. Errors: `std::bad_alloc`.
    void* exchange(const void* key, void* value, cleanup clean, void* context);

    /// Cleans up, last set first, until nothing is left: a clean-up may set values again.
    void destroy_all() noexcept;

private:
    struct slot
    {
        const void* key;
        void* value;
        cleanup clean;
        void* context;
    };

    std::vector<slot> slots_;
};

/// Those of the running fiber, or of this thread outside of fibers; null if `create` is false and there are none yet.
fiber_locals* current_locals(bool create);

} // namespace weft::detail

#endif
