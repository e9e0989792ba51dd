// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/io/detail/io_object.hpp>
#include <weft/io/pipe.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

namespace weft
{

namespace detail
{

namespace
{

/// False, with the error, if the caller must not begin to wait.
bool may_begin(boost::system::error_code& error)
{
    error = {};
    if (this_fiber::is_fiber())
    {
        begin_call(error);
    }
    else
    {
        error = blocking_error();
    }
    return !error;
}

} // namespace

/// One direction: a ring with one reader and one writer, who each own one of the two counters. A wait looks at them
/// under the lock of its queue, and whoever moves a counter takes that lock to wake afterwards, so no wake-up is lost.
class pipe_direction
{
public:
    explicit pipe_direction(std::size_t capacity)
        : memory_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity)
    {
    }

    /// What can be read now.
    std::size_t size() const noexcept
    {
        return static_cast<std::size_t>(written_.load(std::memory_order_acquire) -
                                        read_.load(std::memory_order_acquire));
    }

    std::size_t read_some(mutable_buffers into, const std::atomic<bool>& closed, boost::system::error_code& error)
    {
        if (!may_begin(error) || boost::asio::buffer_size(into) == 0)
        {
            return 0;
        }
        for (;;)
        {
            if (reader_gone_.load(std::memory_order_acquire))
            {
                error = closed.load() ? boost::system::error_code(boost::asio::error::operation_aborted)
                                      : boost::asio::error::eof;
                return 0;
            }
            // Asked before: what was written before the writer left is read first.
            const auto last = writer_gone_.load(std::memory_order_acquire);
            if (const auto count = take(into); count != 0)
            {
                room_.notify_one();
                return count;
            }
            if (last)
            {
                error = boost::asio::error::eof;
                return 0;
            }
            const auto something_to_do = [this] { return size() != 0 || writer_gone_ || reader_gone_; };
            error = to_error(data_.wait_unless(something_to_do, {}));
            if (error)
            {
                return 0;
            }
        }
    }

    std::size_t write_some(const_buffers bytes, const std::atomic<bool>& closed, boost::system::error_code& error)
    {
        if (!may_begin(error) || boost::asio::buffer_size(bytes) == 0)
        {
            return 0;
        }
        for (;;)
        {
            if (closed.load(std::memory_order_acquire))
            {
                error = boost::asio::error::operation_aborted;
                return 0;
            }
            if (reader_gone_.load(std::memory_order_acquire) || writer_gone_.load(std::memory_order_acquire))
            {
                error = boost::asio::error::broken_pipe;
                return 0;
            }
            if (const auto count = put(bytes); count != 0)
            {
                data_.notify_one();
                return count;
            }
            const auto something_to_do = [this] { return size() != capacity_ || writer_gone_ || reader_gone_; };
            error = to_error(room_.wait_unless(something_to_do, {}));
            if (error)
            {
                return 0;
            }
        }
    }

    void end_writing() noexcept
    {
        writer_gone_ = true;
        wake_all();
    }

    void end_reading() noexcept
    {
        reader_gone_ = true;
        wake_all();
    }

private:
    void wake_all() noexcept
    {
        data_.notify_all();
        room_.notify_all();
    }

    std::size_t take(mutable_buffers into) noexcept
    {
        const auto from = read_.load(std::memory_order_relaxed);
        const auto there = static_cast<std::size_t>(written_.load(std::memory_order_acquire) - from);
        const auto begin = static_cast<std::size_t>(from % capacity_);
        const auto first = std::min(there, capacity_ - begin);
        const std::array parts{boost::asio::const_buffer(memory_.get() + begin, first),
                               boost::asio::const_buffer(memory_.get(), there - first)};
        const auto count = boost::asio::buffer_copy(into, parts);
        read_.store(from + count, std::memory_order_release);
        return count;
    }

    std::size_t put(const_buffers bytes) noexcept
    {
        const auto from = written_.load(std::memory_order_relaxed);
        const auto room = capacity_ - static_cast<std::size_t>(from - read_.load(std::memory_order_acquire));
        const auto begin = static_cast<std::size_t>(from % capacity_);
        const auto first = std::min(room, capacity_ - begin);
        const std::array parts{boost::asio::mutable_buffer(memory_.get() + begin, first),
                               boost::asio::mutable_buffer(memory_.get(), room - first)};
        const auto count = boost::asio::buffer_copy(parts, bytes);
        written_.store(from + count, std::memory_order_release);
        return count;
    }

    const std::unique_ptr<char[]> memory_;
    const std::size_t capacity_;
    std::atomic<std::uint64_t> written_{0}; // by the writer
    std::atomic<std::uint64_t> read_{0};    // by the reader
    std::atomic<bool> writer_gone_{false};
    std::atomic<bool> reader_gone_{false};
    wait_queue data_;
    wait_queue room_;
};

class pipe_state
{
public:
    explicit pipe_state(std::size_t capacity) : to_{pipe_direction(capacity), pipe_direction(capacity)} {}

    /// What this side reads, and what it writes.
    pipe_direction& into(int side) noexcept
    {
        return to_[static_cast<std::size_t>(side)];
    }
    pipe_direction& out_of(int side) noexcept
    {
        return to_[static_cast<std::size_t>(1 - side)];
    }
    std::atomic<bool>& closed(int side) noexcept
    {
        return closed_[static_cast<std::size_t>(side)];
    }

private:
    std::array<pipe_direction, 2> to_;
    std::array<std::atomic<bool>, 2> closed_{};
};

} // namespace detail

std::size_t pipe_end::read(detail::mutable_buffers into, error_code& error)
{
    if (!is_open())
    {
        error = boost::asio::error::bad_descriptor;
        return 0;
    }
    return state_->into(side_).read_some(into, state_->closed(side_), error);
}

std::size_t pipe_end::write_once(detail::const_buffers bytes, error_code& error)
{
    if (!is_open())
    {
        error = boost::asio::error::bad_descriptor;
        return 0;
    }
    return state_->out_of(side_).write_some(bytes, state_->closed(side_), error);
}

void pipe_end::shutdown(shutdown_type what, error_code& error) noexcept
{
    error = {};
    if (!is_open())
    {
        error = boost::asio::error::bad_descriptor;
        return;
    }
    if (what != boost::asio::socket_base::shutdown_receive)
    {
        state_->out_of(side_).end_writing();
    }
    if (what != boost::asio::socket_base::shutdown_send)
    {
        state_->into(side_).end_reading();
    }
}

void pipe_end::shutdown(shutdown_type what)
{
    error_code error;
    shutdown(what, error);
    detail::throw_error(error, "shutdown");
}

void pipe_end::close() noexcept
{
    // The state stays with this object: another fiber may be in a wait on it.
    if (is_open())
    {
        state_->closed(side_) = true;
        state_->out_of(side_).end_writing();
        state_->into(side_).end_reading();
    }
}

bool pipe_end::is_open() const noexcept
{
    return state_ != nullptr && !state_->closed(side_).load(std::memory_order_acquire);
}

std::size_t pipe_end::available() const noexcept
{
    return is_open() ? state_->into(side_).size() : 0;
}

std::pair<pipe_end, pipe_end> make_pipe(std::size_t capacity)
{
    if (capacity == 0)
    {
        detail::throw_error(boost::asio::error::invalid_argument, "weft::make_pipe: a capacity of 0");
    }
    const auto state = std::make_shared<detail::pipe_state>(capacity);
    return {pipe_end(state, 0), pipe_end(state, 1)};
}

} // namespace weft
