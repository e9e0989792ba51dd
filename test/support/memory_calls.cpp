// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/memory_calls.hpp"

#include "support/sanitized.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace weft::test
{
namespace
{

constinit std::atomic<std::uint64_t> calls{0};

} // namespace

std::uint64_t malloc_count() noexcept
{
    return calls.load(std::memory_order_relaxed);
}

bool forbid_memory_system_calls() noexcept
{
    constexpr auto kill_if = [](unsigned number, unsigned char distance) {
        return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, distance, 0);
    };
    std::array<sock_filter, 9> program{
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        kill_if(SYS_mmap, 6),
        kill_if(SYS_mremap, 5),
        kill_if(SYS_munmap, 4),
        kill_if(SYS_brk, 3),
        kill_if(SYS_mprotect, 2),
        kill_if(SYS_madvise, 1),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

} // namespace weft::test

#if !defined(WEFT_ASAN) && !defined(WEFT_TSAN)

extern "C"
{
    void* __libc_malloc(std::size_t size);
    void* __libc_calloc(std::size_t count, std::size_t size);
    void* __libc_realloc(void* old, std::size_t size);
    void* __libc_memalign(std::size_t alignment, std::size_t size);

    void* malloc(std::size_t size)
    {
        weft::test::calls.fetch_add(1, std::memory_order_relaxed);
        return __libc_malloc(size);
    }

    void* calloc(std::size_t count, std::size_t size)
    {
        weft::test::calls.fetch_add(1, std::memory_order_relaxed);
        return __libc_calloc(count, size);
    }

    void* realloc(void* old, std::size_t size)
    {
        weft::test::calls.fetch_add(1, std::memory_order_relaxed);
        return __libc_realloc(old, size);
    }

    void* aligned_alloc(std::size_t alignment, std::size_t size)
    {
        weft::test::calls.fetch_add(1, std::memory_order_relaxed);
        return __libc_memalign(alignment, size);
    }

    void* memalign(std::size_t alignment, std::size_t size)
    {
        weft::test::calls.fetch_add(1, std::memory_order_relaxed);
        return __libc_memalign(alignment, size);
    }

    int posix_memalign(void** result, std::size_t alignment, std::size_t size)
    {
        weft::test::calls.fetch_add(1, std::memory_order_relaxed);
        *result = __libc_memalign(alignment, size);
        return *result != nullptr ? 0 : ENOMEM;
    }
}

#endif
