// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "server_process.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace example
{
namespace
{

constexpr std::chrono::seconds patience(20); // for a server's start, and for its end

[[noreturn]] void throw_last_error(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

[[noreturn]] void become(const char* program, int output, pid_t parent, std::optional<int> core) noexcept
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) // it ended before the signal was asked for
    {
        ::_exit(1);
    }
    try
    {
        if (core)
        {
            pin_to_core(*core);
        }
        ::dup2(output, STDOUT_FILENO);
        ::execl(program, program, static_cast<char*>(nullptr));
        std::perror(program);
    }
    catch (const std::exception& error)
    {
        std::fprintf(stderr, "%s: %s\n", program, error.what());
    }
    ::_exit(127);
}

} // namespace

void pin_to_core(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(core), &cores);
    if (::sched_setaffinity(0, sizeof cores, &cores) != 0)
    {
        throw_last_error("sched_setaffinity");
    }
}

child_process::child_process(const std::filesystem::path& program, std::optional<int> core)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    {
        throw_last_error("pipe2");
    }
    const pid_t parent = ::getpid();
    id_ = ::fork();
    if (id_ == 0)
    {
        become(program.c_str(), ends[1], parent, core);
    }
    const int error = errno;
    ::close(ends[1]);
    if (id_ < 0)
    {
        ::close(ends[0]);
        throw std::system_error(error, std::generic_category(), "fork");
    }
    output_ = ends[0];
}

child_process::~child_process()
{
    if (!ended_)
    {
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }
    ::close(output_);
}

std::optional<int> child_process::wait_for(std::chrono::milliseconds time)
{
    const auto limit = std::chrono::steady_clock::now() + time;
    int status = 0;
    while (::waitpid(id_, &status, WNOHANG) == 0)
    {
        if (std::chrono::steady_clock::now() >= limit)
        {
            return std::nullopt;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ended_ = true;
    return status;
}

server_process::server_process(const std::filesystem::path& program, std::optional<int> core)
    : name_(program.filename().string()), child_(program, core)
{
    constexpr std::string_view before_port = "listening on 127.0.0.1:";
    const auto line = first_line();
    std::uint16_t port = 0;
    if (line.starts_with(before_port))
    {
        std::from_chars(line.data() + before_port.size(), line.data() + line.size(), port);
    }
    if (port == 0)
    {
        fail("did not say where it listens, but \"" + line + '"');
    }
    endpoint_ = {boost::asio::ip::address_v4::loopback(), port};
}

std::string server_process::first_line() const
{
    const auto limit = std::chrono::steady_clock::now() + patience;
    std::string line;
    for (char next = 0; next != '\n'; line += next)
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
        pollfd readable{child_.output(), POLLIN, 0};
        const int ready = ::poll(&readable, 1, std::max(0, static_cast<int>(left.count())));
        if (ready == 0)
        {
            fail("does not answer");
        }
        if (ready < 0 || ::read(child_.output(), &next, 1) != 1)
        {
            fail("ended when it was started");
        }
    }
    line.pop_back();
    return line;
}

std::chrono::nanoseconds server_process::cpu_time() const
{
    clockid_t clock = 0;
    timespec time{};
    if (::clock_getcpuclockid(child_.id(), &clock) != 0 || ::clock_gettime(clock, &time) != 0)
    {
        fail("ended while it served");
    }
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::size_t server_process::resident_memory() const
{
    std::ifstream status("/proc/" + std::to_string(child_.id()) + "/status");
    for (std::string word; status >> word;)
    {
        std::size_t kibibytes = 0;
        if (word == "VmRSS:" && status >> kibibytes)
        {
            return kibibytes * 1024;
        }
    }
    fail("ended while it served");
}

void server_process::stop()
{
    ::kill(child_.id(), SIGTERM);
    const auto status = child_.wait_for(patience);
    if (!status)
    {
        fail("does not end on SIGTERM");
    }
    if (WIFSIGNALED(*status))
    {
        fail("was ended by signal " + std::to_string(WTERMSIG(*status)));
    }
    if (WEXITSTATUS(*status) != 0)
    {
        fail("ended with exit status " + std::to_string(WEXITSTATUS(*status)));
    }
}

void server_process::fail(const std::string& what) const
{
    throw std::runtime_error(name_ + ' ' + what);
}

} // namespace example
