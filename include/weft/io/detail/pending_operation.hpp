// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_PENDING_OPERATION_HPP
#define WEFT_IO_DETAIL_PENDING_OPERATION_HPP

#include <weft/fiber/detail/wait_list.hpp>
#include <weft/io/detail/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace weft::detail
{

/// An asynchronous operation of Asio that runs while its fiber waits for other things too. It lives in the waiting frame,
/// which is not left before the operation has completed or has been destroyed: `cancel_and_wait`.
class pending_operation : public handler_memory
{
public:
    boost::asio::any_io_executor get_executor() const
    {
        return fiber_.core->get_executor();
    }
    boost::asio::cancellation_slot slot() noexcept
    {
        return signal_.slot();
    }

protected:
    /// The fiber must not move meanwhile: cancelling an operation is for the thread that completes it.
    explicit pending_operation(fiber_record& fiber) noexcept : fiber_(fiber)
    {
        ++fiber_.pins;
    }
    pending_operation(const pending_operation&) = delete;
    pending_operation& operator=(const pending_operation&) = delete;
    ~pending_operation()
    {
        --fiber_.pins;
    }

    bool is_over() const noexcept;

    /// False if it is over.
    bool put_in(wait_entry& mine, wait_ticket ticket) noexcept;
    void take_out(wait_entry& mine) noexcept
    {
        waiters_.withdraw(mine);
    }

    /// By the handler, as its last act. The frame may be gone afterwards.
    void end_with_result() noexcept;

    /// Blocks: the fiber, whatever happens to it meanwhile.
    void cancel_and_wait() noexcept;

private:
    waiter* end() noexcept;
    void end_without_result() noexcept override;

    fiber_record& fiber_;
    wait_list waiters_;
    bool over_ = false; // under the list's lock
    boost::asio::cancellation_signal signal_;
};

} // namespace weft::detail

#endif
