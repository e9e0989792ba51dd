// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_GROUP_MEMBER_HPP
#define WEFT_FIBER_DETAIL_GROUP_MEMBER_HPP

#include <weft/fiber/detail/fiber_record.hpp>
#include <weft/fiber/detail/sleeper.hpp>

#include <boost/intrusive/list.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace weft
{

class fiber_group;

namespace detail
{

/// A fiber's place in its group; part of the function object in the fiber's record. Linked in one of the group's lists
/// until all code of the user in that fiber is over, its clean-up included.
class group_member : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
{
public:
    fiber_group* group = nullptr; ///< null: not yet, or no longer
    fiber_record* fiber = nullptr;

protected:
    group_member() = default;
    group_member(group_member&&) = default;
    ~group_member() = default;

    /// False if that is nobody's business but the fiber's own.
    bool report(const std::exception_ptr& error) noexcept;
    /// Runs the fiber's clean-up functions and leaves the group.
    void leave() noexcept;
};

using group_members = boost::intrusive::list<group_member, boost::intrusive::constant_time_size<false>>;

/// The function object of a member.
template <class F>
class group_call : public group_member
{
public:
    explicit group_call(F&& function) : function_(std::move(function)) {}
    group_call(group_call&&) = default;
    ~group_call()
    {
        function_.reset();
        leave();
    }

    void operator()() &&
    {
        try
        {
            std::move (*function_)();
        }
        catch (const tear_down_unwind&)
        {
            throw;
        }
        catch (...)
        {
            if (!report(std::current_exception()))
            {
                throw;
            }
        }
    }

    /// The fiber cannot start.
    void fail(const std::exception_ptr& why) noexcept
    {
        if (!report(why))
        {
            fiber->error = why;
        }
    }

private:
    std::optional<F> function_;
};

} // namespace detail

} // namespace weft

#endif
