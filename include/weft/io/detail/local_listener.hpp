// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_LOCAL_LISTENER_HPP
#define WEFT_IO_DETAIL_LOCAL_LISTENER_HPP

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/io/detail/acceptor_listener.hpp>

#include <boost/system/error_code.hpp>

#include <utility>

namespace weft::detail
{

/// One acceptor, whose connections are handled on the scheduler of whoever serves.
template <class Server, class Acceptor, class Handler>
class local_listener final : public acceptor_listener<Acceptor>
{
    using base = acceptor_listener<Acceptor>;

public:
    local_listener(Server& owner, Acceptor& acceptor, Handler& handler)
        : base(acceptor), owner_(owner), handler_(handler)
    {
    }

    void accept(boost::system::error_code& error) override
    {
        base::keep(base::acceptor_.accept(error), error);
    }
    void try_accept(boost::system::error_code& error) override
    {
        base::keep(base::acceptor_.try_accept(error), error);
    }

    void start(fiber_group& sessions, const attributes& wanted) override
    {
        sessions.spawn(wanted,
                       [this, peer = std::move(base::peer())]() mutable { owner_.handle(handler_, std::move(peer)); });
        base::drop_peer();
    }

private:
    Server& owner_;
    Handler& handler_;
};

} // namespace weft::detail

#endif
