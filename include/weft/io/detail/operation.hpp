// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_OPERATION_HPP
#define WEFT_IO_DETAIL_OPERATION_HPP

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/io/detail/recycled_signal.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <new>

namespace weft::detail
{

/// Memory for the handler of one asynchronous operation, in the frame that waits for the operation.
class handler_memory
{
public:
    handler_memory(const handler_memory&) = delete;
    handler_memory& operator=(const handler_memory&) = delete;

    void* allocate(std::size_t bytes)
    {
        if (memory_in_use_ || bytes > sizeof(memory_))
        {
            return ::operator new(bytes);
        }
        memory_in_use_ = true;
        return memory_;
    }

    void deallocate(void* where) noexcept
    {
        if (where != static_cast<void*>(memory_))
        {
            ::operator delete(where);
            return;
        }
        memory_in_use_ = false;
        if (abandoned_)
        {
            end_without_result();
        }
    }

    /// The handler was destroyed without a call. Memory of the operation may still be in use by who destroys it.
    void abandon() noexcept
    {
        if (memory_in_use_)
        {
            abandoned_ = true;
        }
        else
        {
            end_without_result();
        }
    }

protected:
    handler_memory() = default;
    ~handler_memory() = default;

private:
    virtual void end_without_result() noexcept = 0;

    bool memory_in_use_ = false;
    bool abandoned_ = false;
    alignas(std::max_align_t) std::byte memory_[512];
};

/// One asynchronous operation of Asio that a fiber waits for. It lives in the waiting frame, and so does the memory of
/// the operation; the frame is not left before the operation has completed or has been destroyed.
///
///     fiber                          handler, on any thread
///     begin()
///     initiation ------------------> finish()
///     wait()   sleeps; a deadline or cancellation may wake it first: then it emits the cancellation signal and sleeps
///              again, now for the handler alone. `meeting_` tells the two which came first.
class operation : public handler_memory
{
public:
    explicit operation(fiber_record& fiber) noexcept : fiber_(fiber) {}
    /// False if the fiber is to end: nothing must be started then. Errors: `std::bad_alloc`.
    bool begin();

    /// For an initiation that has thrown.
    void give_up() noexcept;

    /// Sleeps until the operation has finished.
    WEFT_PATH_INLINE void wait()
    {
        sleeper me;
        outcome_ = me.sleep(ticket_, {fiber_.cancel_blocked == 0 ? wait_kind::interruptible : wait_kind::operation});
        if (outcome_ != wait_outcome::notified && fiber_.reason() != wake_reason::abandoned) [[unlikely]]
        {
            cancel_and_wait();
        }
    }

    /// What an operation that was aborted was aborted for: `timed_out` if the deadline came.
    void explain(boost::system::error_code& error) const noexcept
    {
        if (error == boost::asio::error::operation_aborted &&
            (outcome_ == wait_outcome::deadline || outcome_ == wait_outcome::timed_out))
        {
            error = boost::asio::error::timed_out;
        }
    }

    /// The same for what a coroutine was left by.
    void explain(std::exception_ptr& error) const noexcept;

    /// The handler was called.
    void finish() noexcept
    {
        settle(wake_reason::notified);
    }

    boost::asio::any_io_executor get_executor() const
    {
        return fiber_.core->get_executor();
    }

    boost::asio::cancellation_slot slot() noexcept
    {
        return signal_.slot();
    }

protected:
    ~operation() = default;

private:
    static constexpr wait_ticket nobody = 0;
    static constexpr wait_ticket handler_was_here = 1;

    void cancel_and_wait() noexcept;
    void settle(wake_reason reason) noexcept;
    void end_without_result() noexcept override
    {
        settle(wake_reason::abandoned);
    }

    fiber_record& fiber_;
    wait_ticket ticket_ = 0;
    wait_outcome outcome_ = wait_outcome::canceled;
    std::atomic<wait_ticket> meeting_{nobody};
    recycled_signal signal_;
};

/// Takes the memory of a handler from its operation's frame.
template <class T>
class operation_allocator
{
public:
    using value_type = T;

    explicit operation_allocator(handler_memory& where) noexcept : memory_(&where) {}
    template <class U>
    operation_allocator(const operation_allocator<U>& other) noexcept : memory_(other.where())
    {
    }

    T* allocate(std::size_t count)
    {
        static_assert(alignof(T) <= alignof(std::max_align_t));
        return static_cast<T*>(memory_->allocate(count * sizeof(T)));
    }
    void deallocate(T* where, std::size_t) noexcept
    {
        memory_->deallocate(where);
    }
    handler_memory* where() const noexcept
    {
        return memory_;
    }
    template <class U>
    bool operator==(const operation_allocator<U>& other) const noexcept
    {
        return memory_ == other.where();
    }

private:
    handler_memory* memory_;
};

} // namespace weft::detail

#endif
