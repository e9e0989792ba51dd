// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_FUTURE_STATE_HPP
#define WEFT_SYNC_DETAIL_FUTURE_STATE_HPP

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/wait_list.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

namespace weft::detail
{

[[noreturn]] void throw_future_error(std::future_errc code);
std::exception_ptr broken_promise() noexcept;

/// What a promise and its futures share, without the value.
///
/// Whoever makes it ready touches it for the last time under the lock of its waiters, which stands beside the address.
/// So the other side may destroy the last reference while `set_value` has not returned.
class future_state
{
public:
    future_state(const future_state&) = delete;
    future_state& operator=(const future_state&) = delete;

    void add_reference() noexcept
    {
        references_.fetch_add(1, std::memory_order_relaxed);
    }

    void release() noexcept
    {
        if (references_.load(std::memory_order_acquire) == 1 ||
            references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
        {
            destroy_(*this);
        }
    }

    // ── the futures' side ──

    bool is_ready() const noexcept
    {
        return ready_.load(std::memory_order_acquire);
    }

    /// Once it is ready.
    const std::exception_ptr& error() const noexcept
    {
        return error_;
    }

    /// Its function runs when somebody waits.
    bool is_deferred() const noexcept
    {
        return run_deferred_.load(std::memory_order_relaxed) != nullptr;
    }

    /// Those who wait until it is ready: `is_ready`, asked under the lock, says whether to wait at all.
    wait_list& waiters() noexcept
    {
        return waiters_;
    }

    /// Runs a deferred function first. Does not run it for a wait with a limit.
    WEFT_PATH_INLINE wait_outcome wait(const wait_limits& limits)
    {
        return is_ready() ? wait_outcome::notified : wait_until_ready(limits);
    }

    // ── the promise's side ──

    /// Reserves the right to give the result. Throws `promise_already_satisfied`.
    void claim()
    {
        if (is_claimed_.exchange(true, std::memory_order_acq_rel)) [[unlikely]]
        {
            throw_future_error(std::future_errc::promise_already_satisfied);
        }
    }

    /// Giving the result has failed.
    void unclaim() noexcept
    {
        is_claimed_.store(false, std::memory_order_release);
    }

    /// After `claim`; the value or the error is there. This may be gone afterwards.
    void make_ready() noexcept;

    void set_error(std::exception_ptr why)
    {
        claim();
        fail(std::move(why));
    }

    /// After `claim`.
    void fail(std::exception_ptr why) noexcept
    {
        error_ = std::move(why);
        make_ready();
    }

    /// The promise goes away: breaks it if it was not kept, and gives its reference up.
    void abandon() noexcept;

    /// Throws `future_already_retrieved` the second time.
    void retrieve()
    {
        if (std::exchange(is_retrieved_, true))
        {
            throw_future_error(std::future_errc::future_already_retrieved);
        }
    }

protected:
    using destructor = void (*)(future_state&) noexcept;
    using deferred_function = void (*)(future_state&);

    explicit future_state(destructor destroy, deferred_function run_deferred = nullptr) noexcept
        : destroy_(destroy), run_deferred_(run_deferred)
    {
    }
    ~future_state() = default;

private:
    wait_outcome wait_until_ready(const wait_limits& limits);

    wait_list waiters_;
    std::exception_ptr error_;
    const destructor destroy_;
    std::atomic<deferred_function> run_deferred_; ///< null once somebody has taken it
    std::atomic<std::uint32_t> references_{1};
    std::atomic<bool> ready_{false};
    std::atomic<bool> is_claimed_{false};
    bool is_retrieved_ = false; // the promise's
};

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

/// Counted reference of a future.
template <class State>
class state_pointer
{
public:
    state_pointer() = default;
    /// Takes over a reference.
    explicit state_pointer(State* state) noexcept : state_(state) {}
    state_pointer(const state_pointer& other) noexcept : state_(other.state_)
    {
        if (state_ != nullptr)
        {
            state_->add_reference();
        }
    }
    state_pointer(state_pointer&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    state_pointer& operator=(state_pointer other) noexcept
    {
        std::swap(state_, other.state_);
        return *this;
    }
    ~state_pointer()
    {
        if (state_ != nullptr)
        {
            state_->release();
        }
    }
    explicit operator bool() const noexcept
    {
        return state_ != nullptr;
    }
    /// Throws `no_state`.
    State& operator*() const
    {
        if (state_ == nullptr) [[unlikely]]
        {
            throw_future_error(std::future_errc::no_state);
        }
        return *state_;
    }
    State* get() const noexcept
    {
        return state_;
    }

private:
    State* state_ = nullptr;
};

/// Counted reference of whoever owes the result. Its end breaks the promise.
template <class State>
class promise_pointer
{
public:
    promise_pointer() = default;
    /// Takes over a reference.
    explicit promise_pointer(State& state) noexcept : state_(&state) {}
    promise_pointer(promise_pointer&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    promise_pointer& operator=(promise_pointer other) noexcept
    {
        std::swap(state_, other.state_);
        return *this;
    }
    ~promise_pointer()
    {
        if (state_ != nullptr)
        {
            state_->abandon();
        }
    }
    explicit operator bool() const noexcept
    {
        return state_ != nullptr;
    }
    /// Throws `no_state`.
    State& operator*() const
    {
        if (state_ == nullptr) [[unlikely]]
        {
            throw_future_error(std::future_errc::no_state);
        }
        return *state_;
    }

private:
    State* state_ = nullptr;
};

} // namespace weft::detail

#endif
