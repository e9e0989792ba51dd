// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/child_process.hpp"

#include <weft/io/fork.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace weft::test
{
namespace
{

[[noreturn]] void run_as_child(int errors, void (*body)(void*), void* closure) noexcept
{
    int status = 1;
    try
    {
        ::dup2(errors, STDERR_FILENO);
        ::close(errors);
        for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGTERM, SIGPIPE})
        {
            std::signal(number, SIG_DFL); // Boost.Test and the sanitizers have their own
        }
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        ::alarm(60);
        std::set_terminate([] { std::abort(); });
        body(closure);
        status = 0;
    }
    catch (const std::exception& error)
    {
        std::fprintf(stderr, "child: %s\n", error.what());
    }
    catch (...)
    {
        std::fputs("child: an exception that is no std::exception\n", stderr);
    }
    ::_exit(status); // not exit: what was registered there is the parent's
}

[[noreturn]] void throw_last_error(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

void require_in_child(bool condition, const char* what) noexcept
{
    if (!condition)
    {
        std::fprintf(stderr, "child: not true: %s\n", what);
        ::_exit(1);
    }
}

namespace detail
{

child_result run_in_child(void (*body)(void*), void* closure)
{
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0)
    {
        throw_last_error("pipe");
    }
    std::fflush(nullptr);
    const pid_t child = weft::fork({}); // so that the pool of the process works in the child
    if (child == 0)
    {
        ::close(ends[0]);
        run_as_child(ends[1], body, closure);
    }
    ::close(ends[1]);

    child_result result;
    std::array<char, 4096> part{};
    for (;;)
    {
        const ssize_t count = ::read(ends[0], part.data(), part.size());
        if (count > 0)
        {
            result.errors.append(part.data(), static_cast<std::size_t>(count));
        }
        else if (count == 0 || errno != EINTR)
        {
            break;
        }
    }
    ::close(ends[0]);

    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
    {
        if (errno != EINTR)
        {
            throw_last_error("waitpid");
        }
    }
    result.exited = WIFEXITED(status);
    result.status = result.exited ? WEXITSTATUS(status) : WTERMSIG(status);
    return result;
}

} // namespace detail
} // namespace weft::test
