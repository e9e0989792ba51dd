// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_RESOURCE_POOL_HPP
#define WEFT_SYNC_RESOURCE_POOL_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/sync/detail/queue_core.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace weft
{

/// A bounded number of things that are dear to make and lent one by one: connections, buffers, workers. They are made
/// when they are first needed; one that was given back last is lent first, while it is warm.
///
///     weft::resource_pool<connection> pool(8, [] { return connect("db", 5432); });
///     auto lent = pool.acquire_for(2s);      // waits while all eight are lent
///     if (lent) (*lent)->query("…");         // given back when `lent` goes
///
/// The pool must outlive what it has lent.
///
/// Thread safety: any fiber, any thread; plain threads may wait too. The factory may wait; it runs in the frame of who
/// acquires, and in several at the same time.
template <class T>
class resource_pool
{
    // A place that nobody uses: with an object, or null for one that is still to be made.
    using place = std::unique_ptr<T>;

public:
    /// One object, lent. Gives it back when it goes.
    class handle
    {
    public:
        handle() = default;
        handle(handle&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), object_(std::move(other.object_))
        {
        }
        handle& operator=(handle&& other) noexcept
        {
            handle(std::move(other)).swap(*this);
            return *this;
        }
        ~handle()
        {
            give_back();
        }

        void swap(handle& other) noexcept
        {
            std::swap(pool_, other.pool_);
            std::swap(object_, other.object_);
        }

        T& operator*() const noexcept
        {
            return *object_;
        }
        T* operator->() const noexcept
        {
            return object_.get();
        }
        explicit operator bool() const noexcept
        {
            return object_ != nullptr;
        }

        /// Gives it back now. Whoever waits for one gets it. Blocks: never.
        void give_back() noexcept
        {
            if (const auto pool = std::exchange(pool_, nullptr))
            {
                pool->put(std::move(object_));
            }
        }

        /// Destroys the object, which is of no more use; the pool will make another one in its place.
        void discard() noexcept
        {
            object_.reset();
            give_back();
        }

    private:
        friend class resource_pool;
        handle(resource_pool& pool, place object) noexcept : pool_(&pool), object_(std::move(object)) {}

        resource_pool* pool_ = nullptr;
        place object_;
    };

    /// At most `size` objects, each made by `make()`. Errors: `invalid_argument` for 0; `std::bad_alloc`.
    template <class Make>
        requires std::same_as<std::invoke_result_t<Make&>, T>
    resource_pool(std::size_t size, Make make)
        : make_([make = std::move(make)]() mutable { return std::unique_ptr<T>(new T(make())); }),
          free_(detail::require_capacity(size))
    {
        for (std::size_t i = 0; i < size; ++i)
        {
            put(nullptr);
        }
    }

    /// Waits for a free object. An empty handle: the pool is closed.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`, at entry too; nothing is lent then.
    /// Errors: `timed_out` when the inherited deadline comes first; what making one throws, and the place is free again.
    handle acquire()
    {
        return acquire_with(detail::time_point::max());
    }

    /// As `acquire`; an empty handle also if none was free by then. The time does not bound the making of one.
    template <class Rep, class Period>
    handle acquire_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return acquire_with(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    handle acquire_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return acquire_with(detail::deadline_at(when));
    }

    /// An empty handle if none is free. Blocks: only as making one does.
    handle try_acquire()
    {
        std::optional<place> free;
        free_.try_pop(free);
        return lend(free);
    }

    /// Those who wait, and all who come later, get nothing; what is lent may be used on, and what is free is destroyed.
    void close() noexcept
    {
        free_.close();
        std::optional<place> free;
        while (free_.try_pop(free) == detail::queue_outcome::done)
        {
            free.reset();
        }
    }

    /// How many more could be lent at once.
    std::size_t available() const noexcept
    {
        return free_.size();
    }

    /// How many there may be.
    std::size_t size() const noexcept
    {
        return free_.capacity();
    }

private:
    handle acquire_with(detail::time_point until)
    {
        std::optional<place> free;
        detail::throw_if_interrupted(free_.pop(free, {detail::wait_kind::interruptible, until}));
        return lend(free);
    }

    handle lend(std::optional<place>& free)
    {
        if (!free)
        {
            return {};
        }
        if (*free == nullptr)
        {
            try
            {
                *free = make_();
            }
            catch (...)
            {
                put(nullptr);
                throw;
            }
        }
        return handle(*this, std::move(*free));
    }

    // There is room for as many as there are places. A closed pool takes none, and the object goes.
    void put(place object) noexcept
    {
        free_.try_push(std::move(object));
    }

    std::function<std::unique_ptr<T>()> make_;
    detail::queue_core<place, detail::take_order::last_in_first_out> free_;
};

} // namespace weft

#endif
