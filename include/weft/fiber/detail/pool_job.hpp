// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_POOL_JOB_HPP
#define WEFT_FIBER_DETAIL_POOL_JOB_HPP

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// Errors: throws `value_too_large`.
[[noreturn]] void throw_job_too_large(std::size_t bytes);

/// A function object to be called once, or none. Moving one cannot fail: what is large, or may throw when it is moved, is
/// on the heap.
class pool_job
{
public:
    static constexpr std::size_t inline_bytes = 64;

    template <class F>
    static constexpr bool fits = // NOLINTNEXTLINE(misc-redundant-expression): a size is no alignment
        sizeof(F) <= inline_bytes && alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;

    pool_job() = default;
    pool_job(const pool_job&) = delete;
    pool_job& operator=(const pool_job&) = delete;
    ~pool_job()
    {
        reset();
    }

    /// Only into an empty one. Errors: what copying or moving the function object throws, `std::bad_alloc`;
    /// `value_too_large` where the heap would be needed and `may_allocate` is false.
    template <class G>
    void emplace(G&& function, bool may_allocate)
    {
        using F = std::decay_t<G>;
        if constexpr (fits<F>)
        {
            ::new (static_cast<void*>(bytes_)) F(std::forward<G>(function));
            kind_ = &kind_of<F>;
        }
        else
        {
            if (!may_allocate)
            {
                throw_job_too_large(sizeof(F));
            }
            ::new (static_cast<void*>(bytes_)) boxed<F>{std::make_unique<F>(std::forward<G>(function))};
            kind_ = &kind_of<boxed<F>>;
        }
    }

    void operator()()
    {
        kind_->call(bytes_);
    }

    void reset() noexcept
    {
        if (kind_ != nullptr)
        {
            std::exchange(kind_, nullptr)->destroy(bytes_);
        }
    }

    /// Only into an empty one.
    void take(pool_job& other) noexcept
    {
        if (other.kind_ != nullptr)
        {
            kind_ = std::exchange(other.kind_, nullptr);
            kind_->move(other.bytes_, bytes_);
        }
    }

private:
    template <class F>
    struct boxed
    {
        std::unique_ptr<F> function;
        void operator()()
        {
            std::move (*function)();
        }
    };

    struct kind
    {
        void (*call)(std::byte*);
        void (*destroy)(std::byte*) noexcept;
        void (*move)(std::byte*, std::byte*) noexcept;
    };

    template <class F>
    static F& as(std::byte* bytes) noexcept
    {
        return *std::launder(reinterpret_cast<F*>(bytes));
    }

    template <class F>
    static constexpr kind kind_of{
        [](std::byte* bytes) { std::move(as<F>(bytes))(); },
        [](std::byte* bytes) noexcept { std::destroy_at(&as<F>(bytes)); },
        [](std::byte* from, std::byte* to) noexcept {
            ::new (static_cast<void*>(to)) F(std::move(as<F>(from)));
            std::destroy_at(&as<F>(from));
        },
    };

    const kind* kind_ = nullptr;
    alignas(std::max_align_t) std::byte bytes_[inline_bytes];
};

} // namespace weft::detail

#endif
