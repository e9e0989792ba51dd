// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_JFIBER_HPP
#define WEFT_FIBER_JFIBER_HPP

#include <weft/fiber/fiber.hpp>

#include <stop_token>
#include <type_traits>
#include <utility>

namespace weft
{

/// As `std::jthread`: a fiber whose handle, when it is destroyed, cancels the fiber and waits for its end. The function
/// may take a `std::stop_token` as its first parameter.
class jfiber
{
public:
    using id = fiber::id;

    jfiber() noexcept = default;

    /// As the constructors of `fiber`.
    template <class F, class... Args>
        requires(!std::is_same_v<std::remove_cvref_t<F>, jfiber> && !std::is_same_v<std::remove_cvref_t<F>, launch> &&
                 !std::is_same_v<std::remove_cvref_t<F>, attributes>)
    WEFT_SITE_INLINE explicit jfiber(F&& function, Args&&... args)
        : jfiber(detail::here(), launch::post, detail::default_attributes, std::forward<F>(function),
                 std::forward<Args>(args)...)
    {
    }

    template <class F, class... Args>
        requires(!std::is_same_v<std::remove_cvref_t<F>, attributes>)
    WEFT_SITE_INLINE jfiber(launch how, F&& function, Args&&... args)
        : jfiber(detail::here(), how, detail::default_attributes, std::forward<F>(function),
                 std::forward<Args>(args)...)
    {
    }

    template <class F, class... Args>
    WEFT_SITE_INLINE jfiber(launch how, const attributes& wanted, F&& function, Args&&... args)
        : jfiber(detail::here(), how, &wanted, std::forward<F>(function), std::forward<Args>(args)...)
    {
    }

    jfiber(jfiber&&) noexcept = default;

    /// Cancels and joins the fiber it had.
    jfiber& operator=(jfiber&& other) noexcept
    {
        if (this != &other)
        {
            finish();
            fiber_ = std::move(other.fiber_);
        }
        return *this;
    }

    /// Cancels the fiber and waits for its end, whatever the caller's own cancellation or deadline says. A failure of
    /// the fiber that nobody has joined for is logged, and calls `std::terminate`.
    ~jfiber()
    {
        finish();
    }

    /// Whether this stands for a fiber.
    bool joinable() const noexcept
    {
        return fiber_.joinable();
    }

    /// As `fiber::join`, but it is a wait like others.
    ///
    /// Cancellation: throws `operation_aborted`; the fiber stays joinable.
    /// Errors: also `timed_out` when the inherited deadline comes first.
    void join();

    /// As `fiber::detach`: nobody cancels or joins it any more.
    void detach()
    {
        fiber_.detach();
    }

    /// Cancels the fiber. True for the first request. Thread safety: any thread.
    bool request_stop() noexcept;

    /// As `fiber::cancel`.
    void cancel(cancel_reason why = cancel_reasons::requested) noexcept
    {
        fiber_.cancel(why);
    }

    /// As `fiber::get_id`.
    id get_id() const noexcept
    {
        return fiber_.get_id();
    }

    void swap(jfiber& other) noexcept
    {
        fiber_.swap(other.fiber_);
    }

    /// For weft's own layers; null if not joinable.
    detail::fiber_record* record() const noexcept
    {
        return fiber_.record();
    }

private:
    /// All public constructors.
    template <class F, class... Args>
    jfiber(const void* site, launch how, const attributes* wanted, F&& function, Args&&... args)
    {
        if constexpr (std::is_invocable_v<std::decay_t<F>, std::stop_token, std::decay_t<Args>...>)
        {
            std::stop_source source;
            fiber_ = fiber(site, launch::deferred, wanted, std::forward<F>(function), source.get_token(),
                           std::forward<Args>(args)...);
            use_stop_source(std::move(source));
            start(how);
        }
        else
        {
            fiber_ = fiber(site, how, wanted, std::forward<F>(function), std::forward<Args>(args)...);
        }
    }

    void use_stop_source(std::stop_source source);
    void start(launch how);
    void finish() noexcept;

    fiber fiber_;
};

} // namespace weft

#endif
