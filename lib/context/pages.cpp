// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "pages.hpp"

#include <weft/context/stack.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <sys/mman.h>

#if defined(__linux__)
#include <fstream>
#include <iterator>
#endif

namespace weft::detail
{
namespace
{

constinit std::atomic<guard_kind> chosen_guard_kind{guard_kind::unknown};

#if defined(__linux__)

constexpr int extra_map_flags = MAP_NORESERVE | MAP_STACK;

bool install_markers(std::byte* base, std::size_t size) noexcept
{
    constexpr int guard_install = 102; // MADV_GUARD_INSTALL, which C libraries learn of later than kernels
    int result = 0;
    do
    {
        result = ::madvise(base, size, guard_install);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

// A kernel without huge pages refuses, and then there is nothing to refuse.
bool forbid_huge_pages(std::byte* base, std::size_t size) noexcept
{
    return ::madvise(base, size, MADV_NOHUGEPAGE) == 0 || errno == EINVAL;
}

// The kernel answers ENOMEM for two different things; which one it is decides the remedy.
std::string what_ran_out()
{
    std::size_t limit = 0;
    std::ifstream("/proc/sys/vm/max_map_count") >> limit;
    std::ifstream maps("/proc/self/maps");
    const auto used = static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
    constexpr std::size_t slack = 8; // the failed mapping, and what other threads have unmapped since
    if (limit == 0 || used + slack < limit)
    {
        return "no memory or address space left (see `ulimit -v` and vm.overcommit_memory)";
    }
    return "the process has reached its limit of " + std::to_string(limit) +
           " mappings, vm.max_map_count; raise it with `sysctl -w vm.max_map_count=" + std::to_string(limit * 4) +
           "`, or use Linux 6.13 or later, where a guarded stack needs no mapping of its own";
}

#else

constexpr int extra_map_flags = 0;

bool install_markers(std::byte* /*base*/, std::size_t /*size*/) noexcept
{
    errno = EINVAL;
    return false;
}

bool forbid_huge_pages(std::byte* /*base*/, std::size_t /*size*/) noexcept
{
    return true;
}

std::string what_ran_out()
{
    return "no memory or address space left";
}

#endif

std::byte* map(std::size_t size) noexcept
{
    void* const base =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | extra_map_flags, -1, 0);
    return base == MAP_FAILED ? nullptr : static_cast<std::byte*>(base);
}

// False with errno set.
bool put_guard(std::byte* base, std::size_t size) noexcept
{
    // Locked memory (mlockall) takes no markers even where the kernel knows them.
    if (usable_guard_kind() == guard_kind::marker)
    {
        if (install_markers(base, size))
        {
            return true;
        }
        if (errno != EINVAL)
        {
            return false;
        }
    }
    return ::mprotect(base, size, PROT_NONE) == 0;
}

[[noreturn]] void throw_no_stack(int error, std::size_t size, const char* call)
{
    std::string message =
        "weft: " + std::string(call) + " failed for " + std::to_string(size) + " bytes of stacks";
    if (error == ENOMEM)
    {
        message += ": " + what_ran_out();
    }
    throw boost::system::system_error(boost::system::error_code(error, boost::system::system_category()), message);
}

} // namespace

guard_kind usable_guard_kind() noexcept
{
    guard_kind kind = chosen_guard_kind.load(std::memory_order_relaxed);
    if (kind != guard_kind::unknown)
    {
        return kind;
    }
    std::byte* const page = map(page_size());
    if (page == nullptr)
    {
        return guard_kind::protection; // for now: the next call asks again
    }
    kind = install_markers(page, page_size()) ? guard_kind::marker : guard_kind::protection;
    unmap(page, page_size());
    chosen_guard_kind.store(kind, std::memory_order_relaxed);
    return kind;
}

void override_guard_kind(guard_kind kind) noexcept
{
    chosen_guard_kind.store(kind, std::memory_order_relaxed);
}

std::byte* map_pages(std::size_t size)
{
    std::byte* const base = map(size);
    if (base == nullptr)
    {
        throw_no_stack(errno, size, "mmap");
    }
    if (!forbid_huge_pages(base, size))
    {
        const int error = errno;
        unmap(base, size); // the newest mapping: to shorten it splits nothing
        throw_no_stack(error, size, "madvise");
    }
    return base;
}

void guard_pages(std::byte* base, std::size_t size)
{
    if (!put_guard(base, size))
    {
        throw_no_stack(errno, size, "guarding");
    }
}

bool unmap(std::byte* base, std::size_t size) noexcept
{
    return ::munmap(base, size) == 0;
}

} // namespace weft::detail
