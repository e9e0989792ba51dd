// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_ACCEPTOR_LISTENER_HPP
#define WEFT_IO_DETAIL_ACCEPTOR_LISTENER_HPP

#include <weft/io/acceptor.hpp>
#include <weft/io/detail/listener.hpp>

#include <boost/system/error_code.hpp>

#include <optional>
#include <utility>

namespace weft::detail
{

/// One acceptor, and the connection that it has accepted last.
template <class Acceptor>
class acceptor_listener : public listener
{
public:
    using socket_type = typename Acceptor::socket_type;

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

protected:
    ~acceptor_listener() = default;
    explicit acceptor_listener(Acceptor& acceptor) noexcept : acceptor_(acceptor) {}

    void keep(socket_type&& peer, const boost::system::error_code& error)
    {
        if (!error)
        {
            peer_.emplace(std::move(peer));
        }
    }
    socket_type& peer() noexcept
    {
        return *peer_;
    }

    Acceptor& acceptor_;

private:
    std::optional<socket_type> peer_;
};

} // namespace weft::detail

#endif
