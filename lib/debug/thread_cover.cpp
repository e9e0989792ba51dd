// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "thread_cover.hpp"

#include <weft/log/log.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace weft::debug::detail
{
namespace
{

/// The report with its unwinder, and whatever the earlier handler does.
std::size_t wanted_size() noexcept
{
    constexpr std::size_t for_frames = 64 * 1024;
    const std::size_t page = page_size();
    return (for_frames + minimum_stack_size() + page - 1) / page * page;
}

struct thread_state
{
    bool tried = false;
    stack own{};
};

// Apart from the object below: a signal handler may read only what needs no initialisation at its first use.
constinit thread_local thread_state state;

/// Lives until its thread ends.
class signal_stack
{
public:
    signal_stack() = default;
    signal_stack(const signal_stack&) = delete;
    signal_stack& operator=(const signal_stack&) = delete;

    ~signal_stack()
    {
        if (mapping_ == nullptr)
        {
            return;
        }
        stack_t now{};
        if (::sigaltstack(nullptr, &now) == 0 && now.ss_sp == mapping_ + page_size())
        {
            before_.ss_flags &= SS_DISABLE;
            ::sigaltstack(&before_, nullptr);
        }
        ::munmap(mapping_, size_);
        state = {};
    }

    void install()
    {
        if (::sigaltstack(nullptr, &before_) != 0)
        {
            fail("sigaltstack");
        }
        if ((before_.ss_flags & SS_DISABLE) == 0 && before_.ss_size >= wanted_size())
        {
            return;
        }
        const std::size_t guard = page_size();
        size_ = guard + wanted_size();
        void* const base = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base == MAP_FAILED)
        {
            fail("mmap of a signal stack");
        }
        mapping_ = static_cast<std::byte*>(base);
        stack_t mine{};
        mine.ss_sp = mapping_ + guard;
        mine.ss_size = wanted_size();
        if (::mprotect(mapping_, guard, PROT_NONE) != 0 || ::sigaltstack(&mine, nullptr) != 0)
        {
            const int error = errno;
            ::munmap(std::exchange(mapping_, nullptr), size_);
            errno = error;
            fail("a signal stack");
        }
    }

private:
    [[noreturn]] static void fail(const char* what)
    {
        throw boost::system::system_error(boost::system::error_code(errno, boost::system::system_category()),
                                          std::string("weft: ") + what);
    }

    stack_t before_{};
    std::byte* mapping_ = nullptr;
    std::size_t size_ = 0;
};

stack find_own_stack() noexcept
{
    stack result;
#if defined(__linux__)
    pthread_attr_t attributes;
    if (::pthread_getattr_np(::pthread_self(), &attributes) == 0)
    {
        void* base = nullptr;
        std::size_t size = 0;
        if (::pthread_attr_getstack(&attributes, &base, &size) == 0)
        {
            result = {static_cast<std::byte*>(base), size};
        }
        ::pthread_attr_destroy(&attributes);
    }
#endif
    return result;
}

} // namespace

// Out of line, as everything that reads a thread-local variable and may be called by fibers.
__attribute__((noinline)) void cover_thread()
{
    if (state.own)
    {
        return;
    }
    static thread_local signal_stack mine;
    mine.install();
    state.own = find_own_stack();
    state.tried = true;
}

__attribute__((noinline)) void try_cover_thread() noexcept
{
    if (state.tried) [[likely]]
    {
        return;
    }
    state.tried = true;
    try
    {
        cover_thread();
    }
    catch (const std::exception& failure)
    {
        WEFT_LOG_WARN("a stack overflow on this thread will not be reported: {}", failure.what());
    }
}

__attribute__((noinline)) stack own_stack_of_thread() noexcept
{
    return state.own;
}

} // namespace weft::debug::detail
