// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_LOCAL_LISTENER_HPP
#define WEFT_IO_DETAIL_LOCAL_LISTENER_HPP

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/io/acceptor.hpp>
#include <weft/io/detail/listener.hpp>

#include <boost/system/error_code.hpp>

#include <optional>
#include <utility>

namespace weft::detail
{

/// One acceptor, whose connections are handled on the scheduler of whoever serves.
template <class Server, class Acceptor, class Handler>
class local_listener final : public listener
{
public:
    using socket_type = typename Acceptor::socket_type;

    local_listener(Server& owner, Acceptor& acceptor, Handler& handler)
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
    Server& owner_;
    Acceptor& acceptor_;
    Handler& handler_;
    std::optional<socket_type> peer_;
};

} // namespace weft::detail

#endif
