// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/generator.hpp>

#include "tools.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <cstdio>
#include <exception>
#include <utility>

namespace weft::detail
{
namespace
{

namespace errc = boost::system::errc;

/// Thrown out of a yielder. Not to be caught as what unwinds a `fiber_context`, through which it may pass if the body
/// has handed its yielder on.
class generator_unwind : forced_unwind
{
public:
    explicit generator_unwind(generator_record& whose) noexcept : forced_unwind(nullptr), whose_(&whose) {}

    /// Called at the end of a stack: whether it is the one that had to be unwound.
    bool arrive_at(const generator_record& which) noexcept
    {
        if (&which != whose_)
        {
            return false;
        }
        arrive();
        return true;
    }

private:
    generator_record* whose_;
};

/// No frame and no exception of the body is left when it returns.
void run_to_end(generator_record& self)
{
    try
    {
        self.run(self);
    }
    catch (generator_unwind& unwinding)
    {
        if (!unwinding.arrive_at(self))
        {
            self.failure = std::current_exception();
        }
    }
    catch (...)
    {
        self.failure = std::current_exception();
    }
}

void enter_body(execution& previous)
{
    generator_record& self = *static_cast<resuming_side&>(previous).resumed;
    *self.anchors.error_number = 0;
    run_to_end(self);
    self.state = generator_state::ended;
    self.anchors = current_thread_anchors();
    switch_execution<true>(self.own, self.resumer, self.anchors);
    __builtin_unreachable();
}

[[noreturn]] void terminate_with(const char* reason) noexcept
{
    std::fputs(reason, stderr);
    std::terminate();
}

void hand_back(generator_record& which) noexcept
{
    retract_execution(which.own, which.memory);
    which.release(which);
}

} // namespace

void start_record(generator_record& record, std::byte* top) noexcept
{
    introduce_execution(record.own, record.memory);
    prepare_execution<&enter_body>(record.own, top, static_cast<std::size_t>(top - record.memory.base),
                                   &record.resumer);
}

bool refuse_resumption(const generator_record& which)
{
    if (which.state != generator_state::ended)
    {
        throw boost::system::system_error(errc::make_error_code(errc::device_or_resource_busy),
                                          "weft: resume of a generator whose body is running");
    }
    return false;
}

bool conclude(generator_record& which)
{
    if (which.failure != nullptr)
    {
        std::rethrow_exception(std::exchange(which.failure, nullptr));
    }
    return false;
}

void refuse_suspension(const generator_record& which)
{
    if (which.state == generator_state::unwinding)
    {
        terminate_with("weft: the body of a generator yielded while it was being unwound\n");
    }
    throw boost::system::system_error(errc::make_error_code(errc::operation_not_permitted),
                                      "weft: a generator's yielder was used while its body did not run");
}

void unwind(generator_record& self)
{
    throw generator_unwind(self);
}

void drop(generator_record& which) noexcept
{
    switch (which.state)
    {
    case generator_state::fresh:
        which.discard(which);
        break;
    case generator_state::suspended:
        which.state = generator_state::unwinding;
        which.anchors = current_thread_anchors();
        switch_execution(which.resumer, which.own, which.anchors);
        break;
    case generator_state::ended:
        break;
    case generator_state::running:
    case generator_state::unwinding:
        terminate_with("weft: a generator was dropped while its body was running\n");
    }
    hand_back(which);
}

stack release_stack(generator_record* which)
{
    if (which == nullptr)
    {
        throw boost::system::system_error(errc::make_error_code(errc::invalid_argument),
                                          "weft: release_stack of an empty generator");
    }
    if (which->state != generator_state::ended)
    {
        throw boost::system::system_error(errc::make_error_code(errc::device_or_resource_busy),
                                          "weft: release_stack of a generator that is not done");
    }
    const stack released = which->memory_is_callers ? which->memory : stack();
    hand_back(*which);
    return released;
}

void throw_empty_generator()
{
    throw boost::system::system_error(errc::make_error_code(errc::invalid_argument),
                                      "weft: resume of an empty generator");
}

} // namespace weft::detail
