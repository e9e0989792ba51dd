// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_FIBER_TWO_MEMBERS_HPP
#define WEFT_TEST_FIBER_TWO_MEMBERS_HPP

#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/fiber/work_stealing.hpp>

#include "fiber/team_member.hpp"
#include "support/recorder.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <utility>

namespace weft::test
{

/// A place to wait at, for one fiber.
class pause_point
{
public:
    void wait()
    {
        this_fiber::suspend([this](waker me) { waiting_ = std::move(me); });
    }
    void end()
    {
        waiting_.wake();
    }

private:
    waker waiting_;
};

/// Two of them, on this thread: whose turn it is, is the test's choice.
struct two_members : recorder
{
    explicit two_members(movable which = movable::if_migratable) : team(which)
    {
        a.join<work_stealing>(team);
        b.join<work_stealing>(team);
    }

    char place() const
    {
        return scheduler::current() == scheduler::of(const_cast<boost::asio::io_context&>(a.io)) ? 'a' : 'b';
    }
    void note_place(std::string what)
    {
        note(what + '@' + place());
    }
    /// One turn of each until nothing is left.
    void run_both()
    {
        while (a.poll() + b.poll() != 0)
        {
        }
    }

    work_team team;
    member a;
    member b;
};

struct two_members_before_start : two_members
{
    two_members_before_start() : two_members(movable::before_start) {}
};

} // namespace weft::test

#endif
