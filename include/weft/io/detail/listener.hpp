// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_LISTENER_HPP
#define WEFT_IO_DETAIL_LISTENER_HPP

#include <boost/system/error_code.hpp>

namespace weft
{

struct attributes;
class fiber_group;

namespace detail
{

/// An acceptor, its handler, and the connection that is between the two.
class listener
{
public:
    /// The first call: what it needs beside the handlers' fibers may belong to their group.
    virtual void open(fiber_group&) {}

    virtual void accept(boost::system::error_code& error) = 0;
    virtual void try_accept(boost::system::error_code& error) = 0;
    virtual void start(fiber_group& sessions, const attributes& wanted) = 0;
    virtual bool has_peer() const noexcept = 0;
    virtual void drop_peer() noexcept = 0;
    virtual bool is_open() const noexcept = 0;
    virtual bool is_shared() const noexcept = 0;
    virtual void refuse_others() noexcept = 0;
    virtual void close() noexcept = 0;

protected:
    ~listener() = default;
};

} // namespace detail

} // namespace weft

#endif
