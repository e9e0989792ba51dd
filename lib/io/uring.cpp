// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "uring.hpp"

#if defined(WEFT_WITH_IO_URING)

#include <weft/fiber/detail/sleeper.hpp>

#include "uring_queue.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/query.hpp>
#include <boost/intrusive/list.hpp>

#include <cerrno>
#include <mutex>
#include <optional>
#include <sys/eventfd.h>
#include <unistd.h>

namespace weft::detail
{
namespace
{

using boost::system::error_code;

constexpr unsigned most_at_once = 256;

/// One operation; lives in the waiting frame, where the kernel finds the buffers. Under the service's lock.
struct uring_task : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>
{
    explicit uring_task(fiber_record& fiber) noexcept : who(fiber) {}

    fiber_record& who;
    wait_ticket ticket = 0;
    int result = 0;
    bool done = false;
};

/// The io_uring of an execution context. Its completions make a descriptor readable, for which the context's own reactor
/// waits while there is something in flight.
class uring_service : public boost::asio::execution_context::service
{
public:
    static boost::asio::execution_context::id id;

    explicit uring_service(boost::asio::execution_context& context) : service(context) {}

    /// The task's fiber is armed. False: nothing has begun.
    bool submit(uring_task& task, io_uring_sqe& request, scheduler_core& core)
    {
        const std::lock_guard guard(mutex_);
        if (is_refused_ || in_flight_.size() >= most_at_once || (!queue_.is_open() && !open(core)))
        {
            return false;
        }
        request.user_data = reinterpret_cast<std::uintptr_t>(&task);
        if (!queue_.submit(request))
        {
            return false;
        }
        in_flight_.push_back(task);
        watch();
        return true;
    }

    /// After a wait that has ended otherwise: cancels the operation and waits for its end.
    void settle(uring_task& task, scheduler_core& core)
    {
        std::unique_lock lock(mutex_);
        if (task.done)
        {
            return;
        }
        cancel(task);
        task.ticket = task.who.arm(wait_kind::patient);
        lock.unlock();
        core.park(task.who);
        lock.lock();
        while (!task.done) // the execution context goes away
        {
            queue_.wait();
            take_completions();
        }
    }

private:
    using tasks = boost::intrusive::list<uring_task>;

    bool open(scheduler_core& core)
    {
        const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (event < 0)
        {
            return false;
        }
        if (!queue_.open(most_at_once, event))
        {
            ::close(event);
            is_refused_ = true; // it will not change while this process lives
            return false;
        }
        event_.emplace(core.get_executor(), event);
        return true;
    }

    void watch()
    {
        if (!is_watched_)
        {
            is_watched_ = true;
            event_->async_read_some(boost::asio::buffer(&events_, sizeof events_),
                                    [this](const error_code& error, std::size_t) {
                                        if (!error)
                                        {
                                            on_completions();
                                        }
                                    });
        }
    }

    void on_completions()
    {
        fiber_record* alone = nullptr;
        {
            const std::lock_guard guard(mutex_);
            is_watched_ = false;
            alone = take_completions();
            if (!in_flight_.empty())
            {
                watch();
            }
        }
        if (alone != nullptr)
        {
            alone->core->resume_from_handler(*alone);
        }
    }

    /// Wakes those whose operations have ended, but the last one if it returns that.
    fiber_record* take_completions()
    {
        fiber_record* last = nullptr;
        queue_.take_all([&](std::uint64_t user_data, int result) {
            if (user_data == 0) // of a cancellation
            {
                return;
            }
            auto& task = *reinterpret_cast<uring_task*>(static_cast<std::uintptr_t>(user_data));
            const auto woken = end(task, result);
            if (last != nullptr && woken != nullptr)
            {
                deliver(*last);
            }
            last = woken != nullptr ? woken : last;
        });
        return last;
    }

    /// The fiber if the caller owes it the delivery.
    fiber_record* end(uring_task& task, int result)
    {
        in_flight_.erase(in_flight_.iterator_to(task));
        task.result = result;
        task.done = true;
        return task.who.claim(task.ticket, wake_reason::notified) ? &task.who : nullptr;
    }

    void cancel(const uring_task& task)
    {
        io_uring_sqe request{};
        request.opcode = IORING_OP_ASYNC_CANCEL;
        request.fd = -1;
        request.addr = reinterpret_cast<std::uintptr_t>(&task);
        queue_.submit(request); // if it is refused, the operation ends without
    }

    void shutdown() override
    {
        const std::lock_guard guard(mutex_);
        is_refused_ = true;
        for (const auto& task : in_flight_)
        {
            cancel(task);
        }
        while (!in_flight_.empty())
        {
            queue_.wait();
            if (const auto last = take_completions())
            {
                deliver(*last);
            }
        }
        event_.reset();
        queue_.close();
    }

    void notify_fork(boost::asio::execution_context::fork_event event) override
    {
        if (event != boost::asio::execution_context::fork_child)
        {
            return;
        }
        // The instance, and what it does, is the parent's.
        const std::lock_guard guard(mutex_);
        event_.reset();
        queue_.close();
        is_watched_ = false;
        while (!in_flight_.empty())
        {
            if (const auto woken = end(in_flight_.front(), -ECANCELED))
            {
                deliver(*woken);
            }
        }
    }

    std::mutex mutex_;
    uring_queue queue_;
    std::optional<boost::asio::posix::stream_descriptor> event_;
    std::uint64_t events_ = 0; ///< a number that nobody needs; read so that it can be waited for again
    tasks in_flight_;
    bool is_watched_ = false;
    bool is_refused_ = false;
};

boost::asio::execution_context::id uring_service::id;

} // namespace

bool transfer_by_uring(int descriptor, file_handle::direction way, std::span<const iovec> parts, std::uint64_t offset,
                       std::size_t& count, error_code& error)
{
    auto& core = *current_core();
    auto& fiber = *core.current;
    auto& service = boost::asio::use_service<uring_service>(
        boost::asio::query(core.get_executor(), boost::asio::execution::context));

    io_uring_sqe request{};
    request.opcode = way == file_handle::direction::read ? IORING_OP_READV : IORING_OP_WRITEV;
    request.fd = descriptor;
    request.addr = reinterpret_cast<std::uintptr_t>(parts.data());
    request.len = static_cast<std::uint32_t>(parts.size());
    request.off = offset;

    sleeper me(core);
    uring_task task(fiber);
    const auto ticket = fiber.arm(me.effective(wait_kind::interruptible));
    task.ticket = ticket;
    if (!service.submit(task, request, core))
    {
        me.give_up(ticket);
        return false;
    }
    const auto outcome = me.sleep(ticket, {});
    if (outcome != wait_outcome::notified) [[unlikely]]
    {
        service.settle(task, core);
    }
    error = {};
    count = 0;
    if (task.result >= 0)
    {
        count = static_cast<std::size_t>(task.result);
    }
    else if (task.result == -ECANCELED)
    {
        error =
            outcome == wait_outcome::notified ? error_code(boost::asio::error::operation_aborted) : to_error(outcome);
    }
    else
    {
        error.assign(-task.result, boost::system::system_category());
    }
    return true;
}

} // namespace weft::detail

#else

namespace weft::detail
{

bool transfer_by_uring(int, file_handle::direction, std::span<const iovec>, std::uint64_t, std::size_t&,
                       boost::system::error_code&)
{
    return false;
}

} // namespace weft::detail

#endif
