// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_SIGNAL_SET_HPP
#define WEFT_IO_SIGNAL_SET_HPP

#include <weft/io/select_operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/error_code.hpp>

#include <initializer_list>
#include <utility>

namespace weft
{

/// Signals that a fiber waits for, instead of a signal handler. From `add` until `remove` or the end of the object, the
/// signal does what the set says and nothing else; one that comes while nobody waits is kept for the next `wait`.
///
/// Thread safety: none for one set. Every set that has a signal gets it.
class signal_set
{
public:
    using executor_type = boost::asio::any_io_executor;
    using next_layer_type = boost::asio::signal_set;
    using error_code = boost::system::error_code;

    /// On the running fiber's scheduler. Errors: `operation_not_permitted` outside of fibers; those of `add`.
    explicit signal_set(std::initializer_list<int> signals = {});
    signal_set(const executor_type& executor, std::initializer_list<int> signals);

    executor_type get_executor() noexcept
    {
        return set_.get_executor();
    }
    next_layer_type& next_layer() noexcept
    {
        return set_;
    }

    /// Waits for the next of the signals and returns its number; 0 with an error.
    ///
    /// Blocks: the fiber.
    /// Cancellation: `operation_aborted`; no signal is lost. `cancel` by another fiber has the same effect.
    /// Errors: `timed_out` when the inherited deadline comes first; `operation_not_permitted` outside of fibers.
    int wait(error_code& error);
    int wait();

    /// Errors: `invalid_argument` for a signal that cannot be caught.
    void add(int number, error_code& error)
    {
        set_.add(number, error);
    }
    void add(int number)
    {
        set_.add(number);
    }
    /// The signal has its former effect again, unless another set waits for it.
    void remove(int number, error_code& error)
    {
        set_.remove(number, error);
    }
    void remove(int number)
    {
        set_.remove(number);
    }
    /// Removes all.
    void clear()
    {
        set_.clear();
    }
    /// Ends all waits on this set with `operation_aborted`.
    void cancel()
    {
        set_.cancel();
    }

private:
    next_layer_type set_;
};

/// A case of `select`: one of the signals has come. `body(error_code, int number)`.
template <class Body>
auto on_signal(signal_set& signals, Body body)
{
    return signals.next_layer().async_wait(as_case(std::move(body)));
}

} // namespace weft

#endif
