// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "pages.hpp"

#include <weft/context/stack.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>
#include <sys/mman.h>

#if defined(__linux__)
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>
#endif

namespace weft::detail
{
namespace
{

constinit std::atomic<guard_kind> chosen_guard_kind{guard_kind::unknown};
constinit std::atomic<std::size_t> overridden_limit{0};
constinit std::atomic<std::size_t> calls_until_failure{0};
constinit std::atomic<std::size_t> guards{0};

// True, with errno set, where a test wants the system call that would follow to fail.
bool must_fail() noexcept
{
    auto left = calls_until_failure.load(std::memory_order_relaxed);
    while (left != 0)
    {
        if (calls_until_failure.compare_exchange_weak(left, left - 1, std::memory_order_relaxed))
        {
            errno = ENOMEM;
            return left == 1;
        }
    }
    return false;
}

bool advise(std::byte* base, std::size_t size, int advice) noexcept
{
    int result = 0;
    do
    {
        result = must_fail() ? -1 : ::madvise(base, size, advice);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

#if defined(__linux__)

constexpr int extra_map_flags = MAP_NORESERVE | MAP_STACK;

bool install_markers(std::byte* base, std::size_t size) noexcept
{
    constexpr int guard_install = 102; // MADV_GUARD_INSTALL, which C libraries learn of later than kernels
    return advise(base, size, guard_install);
}

// A kernel without huge pages refuses, and then there is nothing to refuse.
bool forbid_huge_pages(std::byte* base, std::size_t size) noexcept
{
    return advise(base, size, MADV_NOHUGEPAGE) || errno == EINVAL;
}

// 0 if there is no limit. Called under a lack of memory: nothing is allocated.
std::size_t limit_of_system() noexcept
{
    std::size_t limit = 0;
    const int file = ::open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
    if (file >= 0)
    {
        char digits[24] = {};
        if (::read(file, digits, sizeof digits - 1) > 0)
        {
            limit = std::strtoull(digits, nullptr, 10);
        }
        ::close(file);
    }
    return limit;
}

std::string too_many_mappings(std::size_t limit)
{
    return "the process has reached its limit of " + std::to_string(limit) +
           " mappings, vm.max_map_count; raise it with `sysctl -w vm.max_map_count=" + std::to_string(limit * 4) +
           "`, or use Linux 6.13 or later, where a guarded stack needs no mapping of its own";
}

// The kernel answers ENOMEM for two different things; which one it is decides the remedy.
std::string what_ran_out()
{
    const std::size_t limit = limit_of_system();
    std::ifstream maps("/proc/self/maps");
    const auto used = static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
    constexpr std::size_t slack = 8; // the failed mapping, and what other threads have unmapped since
    if (limit == 0 || used + slack < limit)
    {
        return "no memory or address space left (see `ulimit -v` and vm.overcommit_memory)";
    }
    return too_many_mappings(limit);
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

std::size_t limit_of_system() noexcept
{
    return 0;
}

std::string too_many_mappings(std::size_t limit)
{
    return "the process may have " + std::to_string(limit) + " mappings";
}

std::string what_ran_out()
{
    return "no memory or address space left";
}

#endif

std::size_t mapping_limit() noexcept
{
    const auto overridden = overridden_limit.load(std::memory_order_relaxed);
    return overridden != 0 ? overridden : limit_of_system();
}

std::byte* map(std::size_t size) noexcept
{
    void* const base = must_fail() ? MAP_FAILED
                                   : ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS | extra_map_flags, -1, 0);
    return base == MAP_FAILED ? nullptr : static_cast<std::byte*>(base);
}

// What is left of a limit for stacks: the rest of the process needs mappings too, and gets no warning.
std::size_t share_of_stacks(std::size_t limit) noexcept
{
    return limit - limit / 8;
}

[[noreturn]] void throw_no_stack(int error, const std::string& message)
{
    throw boost::system::system_error(boost::system::error_code(error, boost::system::system_category()), message);
}

[[noreturn]] void throw_no_stack(int error, std::size_t size, const char* call)
{
    std::string message = "weft: " + std::string(call) + " failed for " + std::to_string(size) + " bytes of stacks";
    if (error == ENOMEM)
    {
        message += ": " + what_ran_out();
    }
    throw_no_stack(error, message);
}

/// Pages that the kernel did not take back, linked through themselves.
struct left_over
{
    left_over* next;
    std::byte* base;
    std::size_t size;
};

constinit std::mutex left_overs_lock;
constinit std::atomic<left_over*> left_overs{nullptr}; // changed under the lock

void unmap_left_overs() noexcept
{
    if (left_overs.load(std::memory_order_relaxed) == nullptr)
    {
        return;
    }
    const std::lock_guard lock(left_overs_lock);
    while (const auto first = left_overs.load(std::memory_order_relaxed))
    {
        const left_over copy = *first;
        if (!unmap(copy.base, copy.size))
        {
            return;
        }
        left_overs.store(copy.next, std::memory_order_relaxed);
    }
}

} // namespace

guard_kind usable_guard_kind() noexcept
{
    guard_kind kind = chosen_guard_kind.load(std::memory_order_relaxed);
    if (kind != guard_kind::unknown)
    {
        return kind;
    }
    std::byte* const pages = map(2 * page_size());
    if (pages == nullptr)
    {
        return guard_kind::protection; // for now: the next call asks again
    }
    const bool installed = install_markers(pages, page_size());
    const bool refused = !installed && errno == EINVAL;
    unmap_at_last(pages, 2 * page_size());
    kind = installed ? guard_kind::marker : guard_kind::protection;
    if (installed || refused)
    {
        chosen_guard_kind.store(kind, std::memory_order_relaxed);
    }
    return kind;
}

std::byte* map_pages(std::size_t size)
{
    unmap_left_overs();
    std::byte* const base = map(size);
    if (base == nullptr)
    {
        throw_no_stack(errno, size, "mmap");
    }
    if (!forbid_huge_pages(base, size))
    {
        const int error = errno;
        unmap_at_last(base, size); // the newest mapping: to shorten it splits nothing
        throw_no_stack(error, size, "madvise");
    }
    return base;
}

std::size_t guard_pages(std::byte* base, std::size_t size, bool counted)
{
    // Locked memory (mlockall) takes no markers even where the kernel knows them.
    if (usable_guard_kind() == guard_kind::marker)
    {
        if (install_markers(base, size))
        {
            return 0;
        }
        if (errno != EINVAL)
        {
            throw_no_stack(errno, size, "guarding");
        }
    }
    const std::size_t added = counted ? 0 : 1;
    if (!count_guards(added))
    {
        throw_too_many_guards();
    }
    if (must_fail() || ::mprotect(base, size, PROT_NONE) != 0)
    {
        const int error = errno;
        uncount_guards(added);
        throw_no_stack(error, size, "guarding");
    }
    return added;
}

bool count_guards(std::size_t count) noexcept
{
    if (count == 0)
    {
        return true;
    }
    // Read once: the kernel's file takes microseconds. Again when it seems to be reached: it may have been raised.
    static std::atomic<std::size_t> known{0};
    auto limit = overridden_limit.load(std::memory_order_relaxed);
    if (limit == 0)
    {
        limit = known.load(std::memory_order_relaxed);
    }
    auto before = guards.load(std::memory_order_relaxed);
    for (bool fresh = false;;)
    {
        if (2 * (before + count) > share_of_stacks(limit))
        {
            if (!fresh)
            {
                fresh = true;
                limit = mapping_limit();
                known.store(limit, std::memory_order_relaxed);
                continue;
            }
            if (limit != 0)
            {
                return false;
            }
        }
        if (guards.compare_exchange_weak(before, before + count, std::memory_order_relaxed))
        {
            return true;
        }
    }
}

void uncount_guards(std::size_t count) noexcept
{
    guards.fetch_sub(count, std::memory_order_relaxed);
}

void throw_too_many_guards()
{
    throw_no_stack(ENOMEM, "weft: " + std::to_string(counted_guards()) +
                               " stacks are guarded by mprotect, which takes two mappings each, and an eighth of them "
                               "is left to the rest of the process: " +
                               too_many_mappings(mapping_limit()));
}

bool unmap(std::byte* base, std::size_t size) noexcept
{
    return !must_fail() && ::munmap(base, size) == 0;
}

void unmap_at_last(std::byte* base, std::size_t size) noexcept
{
    if (unmap(base, size))
    {
        return;
    }
    give_back(base + page_size(), size - page_size());
    const std::lock_guard lock(left_overs_lock);
    const auto entry = ::new (base + page_size()) left_over{left_overs.load(std::memory_order_relaxed), base, size};
    left_overs.store(entry, std::memory_order_relaxed);
}

bool give_back(std::byte* base, std::size_t size) noexcept
{
    return advise(base, size, MADV_DONTNEED);
}

void override_guard_kind(guard_kind kind) noexcept
{
    chosen_guard_kind.store(kind, std::memory_order_relaxed);
}

void override_mapping_limit(std::size_t limit) noexcept
{
    overridden_limit.store(limit, std::memory_order_relaxed);
}

std::size_t fail_system_call(std::size_t n) noexcept
{
    return calls_until_failure.exchange(n, std::memory_order_relaxed);
}

std::size_t counted_guards() noexcept
{
    return guards.load(std::memory_order_relaxed);
}

} // namespace weft::detail
