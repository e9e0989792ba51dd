// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_IO_OBJECT_HPP
#define WEFT_IO_DETAIL_IO_OBJECT_HPP

#include <weft/fiber/this_fiber.hpp>
#include <weft/io/use_fiber.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>
#include <utility>

namespace weft
{

/// The executor of the running fiber's scheduler, for I/O objects that are made in it.
/// Errors: `operation_not_permitted` outside of fibers.
boost::asio::any_io_executor this_executor();

namespace detail
{

/// Throws `system_error` if there is an error.
void throw_error(const boost::system::error_code& error, const char* what);
/// The same, but not for the end of a stream.
void throw_unless_end(const boost::system::error_code& error, const char* what);

/// First of all in a call that is tried at once: it may end the fiber's turn. Says whether that is cancelled.
void begin_call(boost::system::error_code& error);

/// The running fiber goes behind the others that are ready. False if there are none, or no fiber runs.
bool let_others_run() noexcept;

/// Blocks the thread until the descriptor is ready. Asio's own call gives up at once on a socket in non-blocking mode.
void wait_as_thread(int descriptor, boost::asio::socket_base::wait_type what, boost::system::error_code& error);

inline bool would_block(const boost::system::error_code& error) noexcept
{
    return error == boost::asio::error::would_block || error == boost::asio::error::try_again;
}

template <class Object>
struct lowest_layer_of
{
    using type = Object;
};
template <class Object>
    requires requires { typename Object::lowest_layer_type; }
struct lowest_layer_of<Object>
{
    using type = typename Object::lowest_layer_type;
};

/// What everything with a descriptor has: `Object` is Asio's. Documented at the classes that are made of it.
template <class Object>
class io_object
{
public:
    using next_layer_type = Object;
    using lowest_layer_type = typename lowest_layer_of<Object>::type;
    using executor_type = boost::asio::any_io_executor;
    using wait_type = typename Object::wait_type;
    using native_handle_type = typename Object::native_handle_type;
    using error_code = boost::system::error_code;

    executor_type get_executor() noexcept
    {
        return object_.get_executor();
    }

    /// The object of Asio below.
    next_layer_type& next_layer() noexcept
    {
        return object_;
    }
    lowest_layer_type& lowest_layer() noexcept
    {
        return object_;
    }

    /// Waits until it is ready to read, ready to write, or has an error pending.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: `operation_aborted`. Errors: `timed_out` when the inherited deadline comes first.
    void wait(wait_type what, error_code& error)
    {
        error = {};
        if (this_fiber::is_fiber())
        {
            object_.async_wait(what, boost::asio::redirect_error(use_fiber, error));
        }
        else
        {
            wait_as_thread(native_handle(), static_cast<boost::asio::socket_base::wait_type>(what), error);
        }
    }
    void wait(wait_type what)
    {
        error_code error;
        wait(what, error);
        throw_error(error, "wait");
    }

    /// Waits in other fibers end with `operation_aborted`.
    void close(error_code& error)
    {
        object_.close(error);
    }
    void close()
    {
        object_.close();
    }

    /// Ends all waits on this object with `operation_aborted`.
    void cancel(error_code& error)
    {
        object_.cancel(error);
    }
    void cancel()
    {
        object_.cancel();
    }

    bool is_open() const noexcept
    {
        return object_.is_open();
    }
    native_handle_type native_handle()
    {
        return object_.native_handle();
    }

protected:
    template <class... Args>
    explicit io_object(std::in_place_t, Args&&... args) : object_(std::forward<Args>(args)...)
    {
    }
    io_object(io_object&&) = default;
    io_object& operator=(io_object&&) = default;
    ~io_object() = default;

    /// A transfer that probably has to wait: `start(token)` begins it in a fiber, `call()` is the one that does not wait.
    template <class Call, class Start>
    std::size_t transfer(wait_type what, error_code& error, Call call, Start start)
    {
        if (this_fiber::is_fiber()) [[likely]]
        {
            error = {};
            return start(boost::asio::redirect_error(use_fiber, error));
        }
        return repeat(what, error, call);
    }

    /// A transfer that probably need not wait: goes through the reactor only when it would block.
    template <class Call, class Start>
    std::size_t transfer_at_once(wait_type what, error_code& error, Call call, Start start)
    {
        if (!this_fiber::is_fiber())
        {
            return repeat(what, error, call);
        }
        begin_call(error);
        const auto count = error ? 0 : call();
        if (!would_block(error)) [[likely]]
        {
            return count;
        }
        return start(boost::asio::redirect_error(use_fiber, error));
    }

    /// A transfer that does not go through the reactor: waits until it is possible, and then makes it.
    template <class Call>
    std::size_t repeat(wait_type what, error_code& error, Call call)
    {
        for (;;)
        {
            const std::size_t count = call();
            if (!would_block(error))
            {
                return count;
            }
            wait(what, error);
            if (error)
            {
                return 0;
            }
        }
    }

    Object object_;
};

} // namespace detail

} // namespace weft

#endif
