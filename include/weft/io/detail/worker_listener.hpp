// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_WORKER_LISTENER_HPP
#define WEFT_IO_DETAIL_WORKER_LISTENER_HPP

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/runtime.hpp>
#include <weft/io/detail/acceptor_listener.hpp>
#include <weft/sync/blocking_queue.hpp>

#include <boost/system/error_code.hpp>

#include <atomic>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <utility>

namespace weft::detail
{

/// Makes the call in a fiber on that worker and waits for it. The caller's cancellation is passed on, and the end waited
/// for all the same. Errors: what the call throws; those of `runtime::make_fiber_on`.
void call_on_worker(runtime& workers, std::size_t number, const std::function<void()>& call);

/// One acceptor, whose connections are handled on the workers of a runtime. On each of them a fiber receives connections
/// and has the handlers' fibers in a group.
template <class Server, class Acceptor, class Handler>
class worker_listener final : public acceptor_listener<Acceptor>
{
    using base = acceptor_listener<Acceptor>;

public:
    using socket_type = typename base::socket_type;

    worker_listener(Server& owner, runtime& workers, Acceptor& acceptor, Handler& handler)
        : base(acceptor), owner_(owner), workers_(workers), handler_(handler), receivers_(workers.size())
    {
    }

    void open(fiber_group& sessions) override
    {
        for (std::size_t i = 0; i < receivers_.size(); ++i)
        {
            sessions.spawn({.name = "receive"}, [this, i] {
                try
                {
                    call_on_worker(workers_, i, [this, i] { receive(receivers_[i]); });
                }
                catch (...)
                {
                    owner_.stop();
                    throw;
                }
            });
        }
    }

    void accept(boost::system::error_code& error) override
    {
        choose();
        base::keep(base::acceptor_.accept(workers_.get_executor(chosen_), error), error);
    }
    void try_accept(boost::system::error_code& error) override
    {
        choose();
        base::keep(base::acceptor_.try_accept(workers_.get_executor(chosen_), error), error);
    }

    void start(fiber_group&, const attributes& wanted) override
    {
        receivers_[chosen_].push(passed{std::move(base::peer()), wanted});
        base::drop_peer();
    }

    void close() noexcept override
    {
        base::close();
        for (auto& each : receivers_)
        {
            each.close();
        }
    }

private:
    struct passed
    {
        socket_type peer;
        attributes wanted;
    };
    using connections = blocking_queue<passed>;

    void choose() noexcept
    {
        chosen_ = (chosen_ + 1) % receivers_.size();
    }

    void receive(connections& from)
    {
        // Those that nobody receives any more, because this was cancelled.
        struct drop_the_rest
        {
            Server& owner;
            connections& from;
            ~drop_the_rest()
            {
                while (from.try_pop())
                {
                    owner.leave(owner.canceled_);
                }
            }
        } const guard{owner_, from};
        fiber_group sessions;
        while (auto next = from.pop())
        {
            try
            {
                sessions.spawn(next->wanted, [this, peer = std::move(next->peer)]() mutable {
                    owner_.handle(handler_, std::move(peer));
                });
            }
            catch (const std::exception& error)
            {
                owner_.leave(owner_.refused_);
                owner_.report_no_fiber(error);
            }
        }
        sessions.join();
    }

    Server& owner_;
    runtime& workers_;
    Handler& handler_;
    std::deque<connections> receivers_;
    std::size_t chosen_ = static_cast<std::size_t>(-1);
};

} // namespace weft::detail

#endif
