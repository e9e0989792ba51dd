// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_DEBUG_CALL_CHAIN_HPP
#define WEFT_LIB_DEBUG_CALL_CHAIN_HPP

#include <array>
#include <cstddef>
#include <cstdint>
#include <unwind.h>

namespace weft::debug::detail
{

/// The innermost calls and the outermost ones. A function that calls itself from one place is one call, many times. Safe in
/// a signal handler, once the unwinder has done its first-time work.
struct call_chain
{
    struct call
    {
        const void* address = nullptr;
        std::size_t times = 0;
    };

    static constexpr std::size_t innermost = 20;
    static constexpr std::size_t outermost = 8;
    static constexpr std::size_t longest = 1'000'000; // a damaged stack may be a circle

    explicit call_chain(const void* at) noexcept : interrupted(at) {}

    const void* interrupted;
    std::array<call, innermost> first;
    std::array<call, outermost> last; // a ring
    std::size_t count = 0;            // of calls
    std::size_t frames = 0;
    bool found = false; // the interrupted frame: what comes before it is the signal's

    call& at(std::size_t index) noexcept
    {
        return index < innermost ? first[index] : last[(index - innermost) % outermost];
    }

    void add(const void* address) noexcept
    {
        ++frames;
        if (count == 0 || at(count - 1).address != address)
        {
            at(count++) = {address, 0};
        }
        ++at(count - 1).times;
    }

    static _Unwind_Reason_Code visit(_Unwind_Context* context, void* closure) noexcept
    {
        auto& self = *static_cast<call_chain*>(closure);
        int is_exact = 0;
        const std::uintptr_t address = _Unwind_GetIPInfo(context, &is_exact);
        if (address == 0 || self.frames == longest)
        {
            return _URC_END_OF_STACK;
        }
        // A return address belongs to the call before it, perhaps the last instruction of its function.
        const auto* const code = reinterpret_cast<const void*>(address - (is_exact == 0 ? 1 : 0));
        self.found = self.found || code == self.interrupted;
        if (self.found)
        {
            self.add(code);
        }
        return _URC_NO_REASON;
    }

    void find() noexcept
    {
        _Unwind_Backtrace(&call_chain::visit, this);
        if (!found && interrupted != nullptr)
        {
            add(interrupted);
        }
    }

    /// `f(call)` for those that are kept, and `gap(number)` where others are left out.
    template <class F, class Gap>
    void for_each(F f, Gap gap) noexcept
    {
        const auto left_out = count > innermost + outermost ? count - innermost - outermost : 0;
        for (std::size_t i = 0; i < count; ++i)
        {
            if (i == innermost && left_out != 0)
            {
                gap(left_out);
                i += left_out;
            }
            f(at(i));
        }
    }
};

} // namespace weft::debug::detail

#endif
