// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_SERVE_HPP
#define WEFT_IO_SERVE_HPP

#include <weft/fiber/fiber_group.hpp>
#include <weft/io/acceptor.hpp>
#include <weft/io/detail/listener.hpp>
#include <weft/io/detail/worker_listener.hpp>
#include <weft/io/runtime_acceptor.hpp>
#include <weft/io/serve_options.hpp>
#include <weft/sync/event.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft
{

namespace detail
{

template <class Acceptor, class Handler>
class listener_of;
template <class Server, class Acceptor, class Handler>
class worker_listener;

} // namespace detail

/// The accept loop: a fiber per connection, in one group; a cap on them; pauses when descriptors run out, as
/// `basic_acceptor::accept`; an end without cut connections. An exception that leaves a handler ends its connection, with a
/// line in the log now and then, and never the server.
///
///     weft::server server({.max_connections = 1000, .grace = 10s});
///     weft::jfiber stopper([&] { weft::signal_set({SIGTERM}).wait(); server.stop(); });
///     server.serve(acceptor, [](weft::tcp::socket peer, std::stop_token stopping) { … });
///
/// With a `basic_runtime_acceptor` in place of the acceptor, connections are served on all workers of a runtime, and the
/// handler is called on several threads at a time.
///
/// Several fibers may each serve an acceptor of their own, on whatever scheduler; the cap and the counters are common.
///
/// Thread safety: any fiber; `stop`, `is_stopping`, `stop_token` and `counters` from anywhere.
class server
{
public:
    explicit server(serve_options options = {});
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Calls `handler(socket)` or `handler(socket, stop_token)` for each connection, in a fiber of its own, until the server
    /// is stopped or somebody closes or cancels the acceptor. Then it has the system take no further connections, accepts
    /// those that wait in the listen queue, closes the acceptor, and waits for the handlers; those that take longer than
    /// `grace` are cancelled and waited for. The token tells a handler that may wait for a next request not to. A socket
    /// that came by `assign` is closed at once instead: who passed it on goes on with its queue.
    ///
    /// Blocks: the fiber.
    /// Cancellation: cancels the handlers at once, waits for their end, and throws `operation_aborted`; the acceptor stays
    /// open.
    /// Errors: `timed_out` when the inherited deadline comes first, with the same consequences; what `accept` reports for
    /// reasons of the acceptor's own, after an end as by `stop`; `operation_not_permitted` outside of fibers.
    template <class Acceptor, class Handler>
    void serve(Acceptor& acceptor, Handler handler);

    /// Blocks: never. Again has no effect.
    void stop() noexcept;

    /// Whether `stop` was called, or a stop requested by the options.
    bool is_stopping() const noexcept
    {
        return stop_.stop_requested();
    }
    /// What handlers get, too.
    std::stop_token stop_token() const noexcept
    {
        return stop_.get_token();
    }

    /// At this moment.
    serve_counters counters() const noexcept;

private:
    template <class Acceptor, class Handler>
    friend class detail::listener_of;
    template <class Server, class Acceptor, class Handler>
    friend class detail::worker_listener;

    /// Of the running handler.
    class place
    {
    public:
        explicit place(server& owner) noexcept : owner_(owner) {}
        place(const place&) = delete;
        place& operator=(const place&) = delete;
        ~place()
        {
            owner_.leave(*outcome_);
        }
        void finished() noexcept
        {
            outcome_ = &owner_.finished_;
        }
        /// In a catch clause.
        void failed() noexcept;

    private:
        server& owner_;
        std::atomic<std::uint64_t>* outcome_ = &owner_.canceled_;
    };

    /// The body of a handler's fiber.
    template <class Handler, class Socket>
    void handle(Handler& handler, Socket peer)
    {
        place mine(*this);
        try
        {
            if constexpr (std::is_invocable_v<Handler&, Socket, std::stop_token>)
            {
                std::invoke(handler, std::move(peer), stop_token());
            }
            else
            {
                std::invoke(handler, std::move(peer));
            }
            mine.finished();
        }
        catch (const detail::tear_down_unwind&)
        {
            throw;
        }
        catch (...)
        {
            mine.failed();
        }
    }

    template <class RuntimeAcceptor, class Handler>
    void serve_on_workers(RuntimeAcceptor& acceptors, Handler& handler);

    void run(detail::listener& from);
    /// Each on the worker of its number.
    void run_on_workers(runtime& workers, const std::vector<detail::listener*>& from);
    void accept_until_stopped(detail::listener& from, fiber_group& sessions);
    void accept_the_rest(detail::listener& from, fiber_group& sessions, std::chrono::steady_clock::time_point until);
    void empty_queue(detail::listener& from, fiber_group& sessions);
    void admit(detail::listener& from, fiber_group& sessions);
    void refuse(detail::listener& from) noexcept;
    void report_no_fiber(const std::exception& error) noexcept;
    bool take_room() noexcept;
    void close_room() noexcept;
    void wait_for_room();
    void leave(std::atomic<std::uint64_t>& outcome) noexcept;

    const serve_options options_;
    std::stop_source stop_;
    std::optional<std::stop_callback<std::function<void()>>> linked_;
    manual_reset_event room_; ///< there is some
    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<std::uint64_t> active_{0};
    std::atomic<std::uint64_t> finished_{0};
    std::atomic<std::uint64_t> failed_{0};
    std::atomic<std::uint64_t> canceled_{0};
    std::atomic<std::uint64_t> refused_{0};
};

namespace detail
{

template <class Acceptor, class Handler>
class listener_of final : public listener
{
public:
    using socket_type = typename Acceptor::socket_type;

    listener_of(server& owner, Acceptor& acceptor, Handler& handler)
        : owner_(owner), acceptor_(acceptor), handler_(handler)
    {
    }

    void accept(boost::system::error_code& error) override
    {
        auto peer = acceptor_.accept(error);
        if (!error)
        {
            peer_.emplace(std::move(peer));
        }
    }
    void try_accept(boost::system::error_code& error) override
    {
        auto peer = acceptor_.try_accept(error);
        if (!error)
        {
            peer_.emplace(std::move(peer));
        }
    }

    void start(fiber_group& sessions, const attributes& wanted) override
    {
        sessions.spawn(wanted,
                       [this, peer = std::move(*peer_)]() mutable { owner_.handle(handler_, std::move(peer)); });
        peer_.reset();
    }

    bool has_peer() const noexcept override
    {
        return peer_.has_value();
    }
    void drop_peer() noexcept override
    {
        peer_.reset();
    }
    bool is_open() const noexcept override
    {
        return acceptor_.is_open();
    }
    bool is_shared() const noexcept override
    {
        return acceptor_.is_shared();
    }
    void refuse_others() noexcept override
    {
        refuse_new_connections(acceptor_.native_handle());
    }
    void close() noexcept override
    {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
    }

private:
    server& owner_;
    Acceptor& acceptor_;
    Handler& handler_;
    std::optional<socket_type> peer_;
};

} // namespace detail

template <class Acceptor, class Handler>
void server::serve(Acceptor& acceptor, Handler handler)
{
    if constexpr (requires { acceptor.workers(); })
    {
        serve_on_workers(acceptor, handler);
    }
    else
    {
        detail::listener_of<Acceptor, Handler> from(*this, acceptor, handler);
        run(from);
    }
}

template <class RuntimeAcceptor, class Handler>
void server::serve_on_workers(RuntimeAcceptor& acceptors, Handler& handler)
{
    using acceptor = typename RuntimeAcceptor::acceptor_type;
    if (acceptors.distribution() == distribution::hand_over)
    {
        detail::worker_listener<server, acceptor, Handler> from(*this, acceptors.workers(), acceptors[0], handler);
        run(from);
        return;
    }
    std::deque<detail::listener_of<acceptor, Handler>> listeners;
    std::vector<detail::listener*> from;
    for (std::size_t i = 0; i < acceptors.size(); ++i)
    {
        from.push_back(&listeners.emplace_back(*this, acceptors[i], handler));
    }
    run_on_workers(acceptors.workers(), from);
}

/// A `server` for one acceptor, stopped by `options.stop` or by closing the acceptor: see `server::serve`.
template <class Acceptor, class Handler>
void serve(Acceptor&& acceptor, Handler handler, serve_options options = {})
{
    server(std::move(options)).serve(acceptor, std::move(handler));
}

} // namespace weft

#endif
