// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_VALUE_STATE_HPP
#define WEFT_SYNC_DETAIL_VALUE_STATE_HPP

#include <weft/sync/detail/future_state.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

namespace weft::detail
{

/// With the place for the result: a reference is kept as an address, void as nothing.
template <class T>
class value_state : public future_state
{
public:
    /// After `claim`. Errors: what the construction throws; the claim is given back then.
    template <class... Args>
    void emplace(Args&&... args)
    {
        if constexpr (std::is_nothrow_constructible_v<stored, Args...>)
        {
            ::new (static_cast<void*>(&storage_)) stored(std::forward<Args>(args)...);
        }
        else
        {
            try
            {
                ::new (static_cast<void*>(&storage_)) stored(std::forward<Args>(args)...);
            }
            catch (...)
            {
                unclaim();
                throw;
            }
        }
        make_ready();
    }

    /// After `claim`: keeps what the call returns or throws. Only the forced unwinding of a tear-down goes on.
    template <class Call>
    void run(Call&& call)
    {
        try
        {
            if constexpr (std::is_void_v<T>)
            {
                std::forward<Call>(call)();
                ::new (static_cast<void*>(&storage_)) stored();
            }
            else if constexpr (std::is_reference_v<T>)
            {
                T result = std::forward<Call>(call)();
                ::new (static_cast<void*>(&storage_)) stored(std::addressof(result));
            }
            else
            {
                ::new (static_cast<void*>(&storage_)) stored(std::forward<Call>(call)());
            }
        }
        catch (const tear_down_unwind&)
        {
            fail(broken_promise());
            throw;
        }
        catch (...)
        {
            fail(std::current_exception());
            return;
        }
        make_ready();
    }

    /// What a `shared_future` gives out. Throws the error if there is one. Once it is ready.
    decltype(auto) read()
    {
        check();
        if constexpr (std::is_reference_v<T>)
        {
            return static_cast<T>(*value());
        }
        else if constexpr (!std::is_void_v<T>)
        {
            return std::as_const(value());
        }
    }

    /// What a `future` gives out.
    T take()
    {
        check();
        if constexpr (std::is_reference_v<T>)
        {
            return static_cast<T>(*value());
        }
        else if constexpr (!std::is_void_v<T>)
        {
            return std::move(value());
        }
    }

protected:
    using future_state::future_state;

    ~value_state()
    {
        if (is_ready() && error() == nullptr)
        {
            std::destroy_at(&value());
        }
    }

private:
    using stored = std::conditional_t<
        std::is_void_v<T>, std::monostate,
        std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<std::remove_reference_t<T>>, T>>;

    stored& value() noexcept
    {
        return *std::launder(reinterpret_cast<stored*>(&storage_));
    }

    void check() const
    {
        if (error() != nullptr) [[unlikely]]
        {
            std::rethrow_exception(error());
        }
    }

    alignas(stored) std::byte storage_[sizeof(stored)];
};

/// A state, what it is made of besides, and the allocator that its memory came from.
template <class State, class Allocator>
class allocated_state final : public State
{
public:
    template <class... Args>
    static allocated_state& make(const Allocator& allocator, Args&&... args)
    {
        memory memory(allocator);
        auto* const place = memory_traits::allocate(memory, 1);
        try
        {
            return *::new (static_cast<void*>(std::to_address(place)))
                allocated_state(allocator, std::forward<Args>(args)...);
        }
        catch (...)
        {
            memory_traits::deallocate(memory, place, 1);
            throw;
        }
    }

    const Allocator& allocator() const noexcept
    {
        return allocator_;
    }

private:
    using memory = typename std::allocator_traits<Allocator>::template rebind_alloc<allocated_state>;
    using memory_traits = std::allocator_traits<memory>;

    template <class... Args>
    explicit allocated_state(const Allocator& allocator, Args&&... args)
        : State(&destroy, std::forward<Args>(args)...), allocator_(allocator)
    {
    }

    static void destroy(future_state& self) noexcept
    {
        auto& whole = static_cast<allocated_state&>(self);
        memory memory(whole.allocator_);
        whole.~allocated_state();
        memory_traits::deallocate(memory, std::pointer_traits<typename memory_traits::pointer>::pointer_to(whole), 1);
    }

    [[no_unique_address]] Allocator allocator_;
};

} // namespace weft::detail

#endif
