// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_FIBER_BODY_HPP
#define WEFT_FIBER_DETAIL_FIBER_BODY_HPP

#include <weft/fiber/detail/scheduler_core.hpp>

#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// A record with the function object that it runs.
template <class F>
class fiber_body final : public fiber_record
{
public:
    template <class G>
    fiber_body(scheduler_core& home, G&& function, std::size_t bytes)
        : fiber_record(home, &run, &discard, bytes)
    {
        ::new (static_cast<void*>(&storage_)) F(std::forward<G>(function));
    }

private:
    F& function() noexcept
    {
        return *std::launder(reinterpret_cast<F*>(&storage_));
    }

    static void run(fiber_record& self)
    {
        auto& body = static_cast<fiber_body&>(self);
        struct destroy_at_end
        {
            F& function;
            ~destroy_at_end()
            {
                std::destroy_at(&function);
            }
        } const guard{body.function()};
        std::move(guard.function)();
    }

    static void discard(fiber_record& self) noexcept
    {
        std::destroy_at(&static_cast<fiber_body&>(self).function());
    }

    alignas(F) std::byte storage_[sizeof(F)];
};

/// Errors: `std::bad_alloc`, `std::errc::invalid_argument` for a stack below the minimum; what the function object's
/// constructor throws.
void* allocate_record(scheduler_core& home, std::size_t bytes, std::size_t alignment, const attributes& wanted);
void deallocate_record(void* memory, std::size_t bytes, std::size_t alignment) noexcept;
void set_up_record(fiber_record& record, const attributes& wanted);

/// Makes the record of a fiber that has not started. One reference, for the fiber itself; with `flags` for a handle.
template <class F>
fiber_record& make_record(scheduler_core& home, const attributes& wanted, F&& function)
{
    using body = fiber_body<std::decay_t<F>>;
    const auto memory = allocate_record(home, sizeof(body), alignof(body), wanted);
    body* record = nullptr;
    try
    {
        record = ::new (memory) body(home, std::forward<F>(function), sizeof(body));
    }
    catch (...)
    {
        deallocate_record(memory, sizeof(body), alignof(body));
        throw;
    }
    record->alignment = alignof(body);
    try
    {
        set_up_record(*record, wanted);
    }
    catch (...)
    {
        record->destroy_body(*record);
        record->release();
        throw;
    }
    return *record;
}

/// Binds arguments as `std::thread` does: decayed copies, passed on as rvalues.
template <class F, class... Args>
auto bind_call(F&& function, Args&&... args)
{
    if constexpr (sizeof...(Args) == 0)
    {
        return std::forward<F>(function);
    }
    else
    {
        return [call = std::tuple<std::decay_t<F>, std::decay_t<Args>...>(std::forward<F>(function),
                                                                         std::forward<Args>(args)...)]() mutable
        {
            std::apply([](auto&&... parts) { std::invoke(std::move(parts)...); }, std::move(call));
        };
    }
}

} // namespace weft::detail

#endif
