// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_CHILD_PROCESS_HPP
#define WEFT_TEST_SUPPORT_CHILD_PROCESS_HPP

#include <memory>
#include <string>
#include <type_traits>

namespace weft::test
{

/// How a child process ended and what it wrote to stderr.
struct child_result
{
    bool exited = false; // else killed by a signal
    int status = 0;      // exit status or number of the signal
    std::string errors;

    bool exited_with(int expected) const
    {
        return exited && status == expected;
    }

    bool killed_by(int expected_signal) const
    {
        return !exited && status == expected_signal;
    }
};

/// For the child: a failed check says so on stderr and ends the child with status 1. Boost.Test's own checks are the
/// parent's.
void require_in_child(bool condition, const char* what) noexcept;

namespace detail
{
child_result run_in_child(void (*body)(void*), void* closure);
}

/// Runs `body()` in a forked child, with signals at their defaults and no core file, and waits for its end. The child
/// exits with status 0 when `body` returns, 1 when it throws; it is killed by SIGALRM if it takes longer than a minute.
///
/// Fork only from a process with one thread besides those of blocking pools: locks that others hold stay locked in the
/// child. With ThreadSanitizer the child cannot have threads if this process has had some.
template <class Body>
child_result run_in_child(Body&& body)
{
    using plain = std::remove_reference_t<Body>;
    return detail::run_in_child([](void* closure) { (*static_cast<plain*>(closure))(); },
                                const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

} // namespace weft::test

#endif
