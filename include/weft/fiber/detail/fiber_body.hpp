// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_FIBER_BODY_HPP
#define WEFT_FIBER_DETAIL_FIBER_BODY_HPP

#include <weft/fiber/detail/scheduler_core.hpp>

#include <cstdint>
#include <memory>
#include <new>
#include <stop_token>
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
    fiber_body(scheduler_core& home, G&& function)
        : fiber_record(home, &run, &discard, &fail, sizeof(fiber_body), alignof(fiber_body))
    {
        ::new (static_cast<void*>(&storage_)) F(std::forward<G>(function));
    }

    F& function() noexcept
    {
        return *std::launder(reinterpret_cast<F*>(&storage_));
    }

private:
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

    static void fail(fiber_record& self, std::exception_ptr why) noexcept
    {
        if constexpr (requires(F& function) { function.fail(why); })
        {
            static_cast<fiber_body&>(self).function().fail(std::move(why));
        }
        else
        {
            self.error = std::move(why);
        }
    }

    static_assert(sizeof(F) < UINT32_MAX / 2, "a record counts its bytes in 32 bits");
    alignas(F) std::byte storage_[sizeof(F)];
};

/// Memory for a record that is not, or at the moment cannot be, recycled. Errors: `std::bad_alloc`.
void* allocate_record(std::size_t bytes, std::size_t alignment);
void deallocate_record(void* memory, std::size_t bytes, std::size_t alignment) noexcept;

/// Asks for cancellation. Thread safety: any thread.
void request_cancel(fiber_record& fiber, cancel_reason why) noexcept;

/// Cancels the fiber when stop is requested. Only before it starts, and when its count of references is final.
/// Errors: `std::bad_alloc`.
void obey(fiber_record& fiber, const std::stop_token& stop);

inline void obey(fiber_record& fiber, const attributes* wanted)
{
    if (wanted != nullptr && wanted->stop.stop_possible()) [[unlikely]]
    {
        obey(fiber, wanted->stop);
    }
}

/// Gives up one that has not started, with the fiber's own reference.
void discard_unstarted(fiber_record& record) noexcept;

/// Starts a fiber without a handle on the running fiber's own scheduler, obeying the stop token if there is one; or
/// discards it and throws. Errors: those of the constructor of `fiber`.
void start_unjoined(scheduler_core& core, launch how, const attributes* wanted, fiber_record& record);

/// Memory for a record in storage of the caller's, which is in use from here on. Errors: those of `fiber_storage`.
void* lend_storage(const attributes& wanted, std::size_t bytes, std::size_t alignment);
/// The record is gone: the storage may be used again, or be gone too.
void return_storage(fiber_storage& storage) noexcept;

/// All but the stop token. Errors: `invalid_argument` for a stack below the minimum, `std::bad_alloc`.
void apply_attributes(fiber_record& record, const attributes& wanted);

inline constexpr bool is_pooled_record(std::size_t bytes, std::size_t alignment) noexcept
{
    return bytes <= record_pool::block_size && alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;
}

/// Makes the record of a fiber that has not started, with one reference, for the fiber itself. `inside` says that a fiber
/// of the same scheduler is running, `site` who asks for it; `wanted` may be null. Does not yet obey the stop token among
/// the attributes. Errors: `std::bad_alloc`, those of `apply_attributes`, what copying the function object throws.
template <class F>
fiber_record& make_record(scheduler_core& home, bool inside, const void* site, const attributes* wanted, F&& function)
{
    using body = fiber_body<std::decay_t<F>>;
    void* memory = nullptr;
    const bool is_lent = wanted != nullptr && wanted->storage != nullptr;
    if (is_lent) [[unlikely]]
    {
        memory = lend_storage(*wanted, sizeof(body), alignof(body));
    }
    else if constexpr (is_pooled_record(sizeof(body), alignof(body)))
    {
        memory = inside ? home.records.take() : nullptr;
    }
    if (memory == nullptr)
    {
        memory = allocate_record(sizeof(body), alignof(body));
    }
    body* record = nullptr;
    if constexpr (std::is_nothrow_constructible_v<std::decay_t<F>, F>)
    {
        record = ::new (memory) body(home, std::forward<F>(function));
    }
    else
    {
        try
        {
            record = ::new (memory) body(home, std::forward<F>(function));
        }
        catch (...)
        {
            is_lent ? return_storage(*wanted->storage) : deallocate_record(memory, sizeof(body), alignof(body));
            throw;
        }
    }
    record->spawned_at = site;
    record->id = inside ? home.records.next_id() : record_pool::take_ids();
    if (!home.belongs_to_context()) [[unlikely]]
    {
        record->counts_core = true;
        home.add_reference();
    }
    if (wanted != nullptr)
    {
        try
        {
            apply_attributes(*record, *wanted);
        }
        catch (...)
        {
            record->destroy_body(*record);
            record->release();
            throw;
        }
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
        return [call = std::tuple<std::decay_t<F>, std::decay_t<Args>...>(
                    std::forward<F>(function), std::forward<Args>(args)...)]() mutable -> decltype(auto) {
            return std::apply([](auto&&... parts) -> decltype(auto) { return std::invoke(std::move(parts)...); },
                              std::move(call));
        };
    }
}

} // namespace weft::detail

#endif
