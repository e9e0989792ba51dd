// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_FIBER_GROUP_HPP
#define WEFT_FIBER_FIBER_GROUP_HPP

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/detail/fiber_body.hpp>
#include <weft/fiber/detail/group_member.hpp>
#include <weft/fiber/detail/spawn_site.hpp>
#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/fiber_id.hpp>
#include <weft/fiber/wait_queue.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <limits>
#include <type_traits>
#include <utility>

namespace weft
{

/// How a `fiber_group` behaves.
struct group_options
{
    /// How many of the group's fibers may exist at a time; `spawn` waits until there is room. 0 counts as 1.
    std::size_t max_fibers = std::numeric_limits<std::size_t>::max();
};

/// Fibers that belong together and do not outlive their scope.
///
/// The first failure, an exception that leaves one of them, cancels the others; `join` waits for all and rethrows it.
/// Further failures are logged as warnings and counted. An `operation_aborted` that leaves a fiber that was cancelled is
/// no failure. A group that has failed or was cancelled stays so: it takes no further fibers, and each `join` reports the
/// failure again.
///
/// A fiber belongs to the group until its clean-up is over (captured objects, `fiber_specific_ptr`). Nothing is allocated
/// for it but its record.
///
/// Thread safety: only fibers of the scheduler on which the group was made.
class fiber_group
{
public:
    /// Errors: `operation_not_permitted` outside of fibers.
    explicit fiber_group(group_options options = {});

    fiber_group(const fiber_group&) = delete;
    fiber_group& operator=(const fiber_group&) = delete;

    /// Waits for the fibers that are left. Cancels them first when an exception is on its way, and as soon as the caller is
    /// cancelled or its inherited deadline has come; and waits for their end all the same. Nobody may be waiting in a call
    /// any more.
    ///
    /// Errors: a failure that neither `join` nor `spawn` has reported is thrown from here, or logged if an exception is on
    /// its way already. Where a destructor must not throw, as in a `std::unique_ptr`, it ends in `std::terminate`.
    ~fiber_group() noexcept(false);

    /// Starts a fiber with `function(args...)`, decayed copies, as `fiber` does, and says which.
    ///
    /// Blocks: the fiber, while `max_fibers` are there; in the order of the calls. Never otherwise.
    /// Cancellation: throws `operation_aborted` while it waits; the arguments are untouched then.
    /// Errors: the first failure, if the group has failed; `operation_aborted` if it was cancelled; `timed_out` when the
    /// inherited deadline comes before there is room; `operation_not_permitted` from elsewhere than the group's scheduler;
    /// those of the constructor of `fiber`.
    template <class F, class... Args>
        requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
    WEFT_SITE_INLINE fiber_id spawn(F&& function, Args&&... args)
    {
        return spawn_at(detail::here(), launch::post, detail::default_attributes, std::forward<F>(function),
                        std::forward<Args>(args)...);
    }

    /// As above. With `launch::dispatch` the fiber runs first. Errors: `invalid_argument` for `launch::deferred`.
    template <class F, class... Args>
        requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
    WEFT_SITE_INLINE fiber_id spawn(launch how, F&& function, Args&&... args)
    {
        return spawn_at(detail::here(), how, detail::default_attributes, std::forward<F>(function),
                        std::forward<Args>(args)...);
    }

    template <class F, class... Args>
        requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
    WEFT_SITE_INLINE fiber_id spawn(const attributes& wanted, F&& function, Args&&... args)
    {
        return spawn_at(detail::here(), launch::post, &wanted, std::forward<F>(function), std::forward<Args>(args)...);
    }

    template <class F, class... Args>
        requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
    WEFT_SITE_INLINE fiber_id spawn(launch how, const attributes& wanted, F&& function, Args&&... args)
    {
        return spawn_at(detail::here(), how, &wanted, std::forward<F>(function), std::forward<Args>(args)...);
    }

    /// Waits until all fibers have ended, also those that are spawned meanwhile, and rethrows the first failure. However
    /// it returns or throws, none is left.
    ///
    /// Blocks: the fiber.
    /// Cancellation: cancels the group for the same reason, waits for its end, and throws the first failure or else `operation_aborted`.
    /// Errors: the first failure; `timed_out` when the inherited deadline comes first, with the same consequences as
    /// cancellation; `resource_deadlock_would_occur` for one of the group's own fibers, `operation_not_permitted` from
    /// elsewhere than the group's scheduler.
    void join();

    /// True if all fibers have ended by then; what they have thrown is left for `join`.
    ///
    /// Blocks: the fiber.
    /// Cancellation: throws `operation_aborted`; the group is not affected.
    /// Errors: `timed_out` when the inherited deadline comes first, and as `join` for a wrong caller.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return wait_with(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return wait_with(detail::deadline_at(when));
    }

    /// Asks all fibers to end and takes no further ones. Blocks: never.
    void cancel(cancel_reason why = cancel_reasons::group_canceled) noexcept;

    /// Lets all present fibers go on alone, as `fiber::detach`: a later failure of theirs is logged and calls
    /// `std::terminate`. Blocks: never.
    void detach() noexcept;

    /// Fibers that have not ended.
    std::size_t size() const noexcept
    {
        return size_;
    }

    bool empty() const noexcept
    {
        return size_ == 0;
    }

    /// Whether it takes no further fibers.
    bool is_canceled() const noexcept
    {
        return is_canceled_;
    }

    /// How many fibers have failed so far.
    std::size_t failures() const noexcept
    {
        return failures_;
    }

private:
    friend class detail::group_member;

    /// The place for one more fiber, to be given back unless a fiber takes it.
    class room
    {
    public:
        room(fiber_group& group, launch how) : group_(&group)
        {
            group.enter(how);
        }
        room(const room&) = delete;
        room& operator=(const room&) = delete;
        ~room()
        {
            if (group_ != nullptr)
            {
                group_->give_room_back();
            }
        }
        void pass_on(detail::fiber_record& record, detail::group_member& member) noexcept
        {
            std::exchange(group_, nullptr)->add(record, member);
        }

    private:
        fiber_group* group_;
    };

    template <class F, class... Args>
    fiber_id spawn_at(const void* site, launch how, const attributes* wanted, F&& function, Args&&... args)
    {
        using call = decltype(detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
        using member = detail::group_call<std::decay_t<call>>;
        room place(*this, how);
        auto& record = detail::make_record(
            *core_, true, site, wanted,
            member(std::decay_t<call>(detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...))));
        place.pass_on(record, static_cast<detail::fiber_body<member>&>(record).function());
        const fiber_id id(record.id);
        detail::start_unjoined(*core_, how, wanted, record);
        return id; // when a dispatched child has run, the group may be gone
    }

    void enter(launch how);
    void give_room_back() noexcept;
    void check_caller(const char* what) const;
    void check_waiter(const char* what) const;
    void throw_if_closed();
    void add(detail::fiber_record& record, detail::group_member& member) noexcept;
    detail::wait_outcome wait_for_all(const detail::wait_limits& limits);
    bool wait_with(detail::time_point until);
    void remove() noexcept;
    void fail(const detail::group_member& who, const std::exception_ptr& error) noexcept;
    void cancel_but(const detail::group_member* who, cancel_reason why) noexcept;

    detail::scheduler_core* core_;
    detail::group_members members_;
    detail::group_members canceled_members_;
    std::size_t size_ = 0;
    std::size_t taken_ = 0; ///< places of members and of callers of `spawn` on their way
    const std::size_t max_;
    wait_queue all_ended_;
    wait_queue has_room_;
    std::exception_ptr failure_;
    std::size_t failures_ = 0;
    bool is_canceled_ = false;
    bool is_reported_ = false; ///< somebody has been told of the failure
    const int exceptions_before_;
};

} // namespace weft

#endif
