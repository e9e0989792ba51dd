// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "harness/isolation.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace weft::bench
{
namespace
{

// Longer than any repetition takes, also on a busy machine.
constexpr unsigned hanging_after_seconds = 300;

[[noreturn]] void throw_last_error(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

const std::vector<std::size_t>& cores()
{
    static const auto found = [] {
        std::vector<std::size_t> result;
        cpu_set_t allowed;
        CPU_ZERO(&allowed);
        if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        {
            throw_last_error("sched_getaffinity");
        }
        for (std::size_t core = 0; core < CPU_SETSIZE; ++core)
        {
            if (CPU_ISSET(core, &allowed))
            {
                result.push_back(core);
            }
        }
        return result;
    }();
    return found;
}

struct verdict
{
    bool finished = false;
    double value = 0;
    std::array<char, 256> error{};
};

std::string describe_end(int status)
{
    if (WIFSIGNALED(status))
    {
        return std::string("killed by ") + ::strsignal(WTERMSIG(status));
    }
    return "ended with status " + std::to_string(WEXITSTATUS(status));
}

} // namespace

std::size_t usable_cores()
{
    return cores().size();
}

std::size_t core_of(core_role role)
{
    return role == core_role::measured ? cores().front() : cores().back();
}

void pin_to_core(core_role role)
{
    cpu_set_t wanted;
    CPU_ZERO(&wanted);
    CPU_SET(core_of(role), &wanted);
    if (::sched_setaffinity(0, sizeof wanted, &wanted) != 0)
    {
        throw_last_error("sched_setaffinity");
    }
}

pid_t fork_child(const std::function<void()>& body)
{
    std::fflush(nullptr);
    const auto parent = ::getpid();
    const auto child = ::fork();
    if (child < 0)
    {
        throw_last_error("fork");
    }
    if (child != 0)
    {
        return child;
    }
    int status = 1;
    try
    {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        // A million stacks of a rival may be too much for the machine: this process goes first then.
        std::ofstream("/proc/self/oom_score_adj") << 1000;
        if (::getppid() == parent)
        {
            ::alarm(hanging_after_seconds);
            body();
            status = 0;
        }
    }
    catch (const std::exception& error)
    {
        std::fprintf(stderr, "child process: %s\n", error.what());
    }
    ::_exit(status); // not exit: what was registered there is the parent's
}

double run_isolated(const std::function<double()>& body)
{
    const shared_page<verdict> shared;
    const auto child = fork_child([&] {
        try
        {
            pin_to_core(core_role::measured);
            shared->value = body();
            shared->finished = true;
        }
        catch (const std::exception& error)
        {
            std::strncpy(shared->error.data(), error.what(), shared->error.size() - 1);
        }
    });
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
    {
        if (errno != EINTR)
        {
            throw_last_error("waitpid");
        }
    }
    if (!shared->finished)
    {
        throw std::runtime_error(shared->error[0] != '\0' ? shared->error.data() : describe_end(status));
    }
    return shared->value;
}

namespace detail
{

void* map_shared(std::size_t size)
{
    const auto result = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED)
    {
        throw_last_error("mmap");
    }
    return result;
}

void unmap_shared(void* where, std::size_t size) noexcept
{
    ::munmap(where, size);
}

} // namespace detail
} // namespace weft::bench
