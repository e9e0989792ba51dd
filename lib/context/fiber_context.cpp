// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/fiber_context.hpp>

#include "tools.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

namespace weft::detail
{

/// What this file may do with handles and nobody else.
struct context_access
{
    static suspension* take(fiber_context& from) noexcept
    {
        return std::exchange(from.suspension_, nullptr);
    }

    static void arrive(suspension& self, fiber_context& caller)
    {
        fiber_context::arrive(self, caller);
    }
};

namespace
{

fiber_context unwind(void* /*closure*/, fiber_context&& owner)
{
    throw forced_unwind(context_access::take(owner));
}

void arrive_first(context_record& self, fiber_context& caller)
{
    try
    {
        context_access::arrive(self.first, caller);
    }
    catch (...)
    {
        self.discard(self);
        throw;
    }
}

/// Runs a context from its start to its end. Returns whom to continue; no frame and no exception is left then.
suspension* run_to_end(context_record& self)
{
    suspension* next = nullptr;
    fiber_context caller; // whatever it names at the end, and is not continued, is dropped
    try
    {
        arrive_first(self, caller);
        fiber_context last = self.run(self, std::move(caller));
        next = context_access::take(last);
    }
    catch (forced_unwind& unwinding)
    {
        next = unwinding.arrive();
    }
    catch (...)
    {
        if (caller.empty())
        {
            std::terminate(); // here, where the terminate handler still sees the exception
        }
        self.failure = std::current_exception();
        next = context_access::take(caller);
    }
    return next;
}

void enter(execution& previous)
{
    context_record& self = *static_cast<suspension&>(previous).continued->fresh;
    self.first.fresh = nullptr;
    *self.first.anchors.error_number = 0;

    suspension* const next = run_to_end(self);
    if (next == nullptr)
    {
        std::fputs("weft: the entry function of a fiber_context returned an empty handle\n", stderr);
        std::terminate();
    }
    self.first.continued = next;
    next->caller = nullptr;
    next->ended = &self;
    next->anchors = current_thread_anchors(); // not the thread's that started it, perhaps
    switch_execution<true>(self.first, *next, next->anchors);
    __builtin_unreachable();
}

void hand_back(context_record& which) noexcept
{
    retract_execution(which.first, which.memory);
    which.release(which);
}

} // namespace

forced_unwind::~forced_unwind()
{
    if (!arrived_)
    {
        std::fputs("weft: a stack was being unwound, and a catch (...) on it did not rethrow\n", stderr);
        std::terminate();
    }
}

std::byte* place_record(stack where, std::size_t size, std::size_t alignment)
{
    namespace errc = boost::system::errc;
    // On the smallest stack this much may go to record and captures; it is part of what the minimum allows for frames.
    constexpr std::size_t share_of_record = 2 * 1024;
    const std::size_t frames = minimum_stack_size() - share_of_record;
    if (where && where.size >= minimum_stack_size() && where.size > size)
    {
        // Rounded as a number, moved as a pointer: the result stays a pointer into the caller's memory.
        const auto excess = reinterpret_cast<std::uintptr_t>(where.top() - size) % alignment;
        if (where.size - size >= excess + frames)
        {
            return where.top() - size - excess;
        }
    }
    throw boost::system::system_error(errc::make_error_code(errc::invalid_argument),
                                      where ? "weft: a stack of " + std::to_string(where.size) + " bytes, of which " +
                                                  std::to_string(size) + " are for the context itself; the least is " +
                                                  std::to_string(minimum_stack_size()) + " in all and " +
                                                  std::to_string(frames) + " for frames"
                                            : std::string("weft: a null stack for a context"));
}

void start_record(context_record& record, std::byte* top) noexcept
{
    introduce_execution(record.first, record.memory);
    prepare_execution<&enter>(record.first, top, static_cast<std::size_t>(top - record.memory.base));
}

void drop(suspension& which) noexcept
{
    if (which.fresh != nullptr)
    {
        context_record& record = *which.fresh;
        record.discard(record);
        hand_back(record);
        return;
    }
    suspension self;
    which.action = &unwind;
    continue_from(self, which);
    bury(*self.ended);
}

void bury(context_record& ended)
{
    const std::exception_ptr failure = std::move(ended.failure);
    hand_back(ended);
    if (failure != nullptr)
    {
        std::rethrow_exception(failure);
    }
}

void throw_empty_handle()
{
    namespace errc = boost::system::errc;
    throw boost::system::system_error(errc::make_error_code(errc::invalid_argument),
                                      "weft: resume of an empty fiber_context");
}

} // namespace weft::detail
