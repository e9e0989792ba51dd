// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_HARNESS_ISOLATION_HPP
#define WEFT_BENCH_HARNESS_ISOLATION_HPP

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <sys/types.h>
#include <type_traits>

namespace weft::bench
{

/// Where the measured side runs, and where its peer does: another thread, or the client of a server. The same core
/// where this process may use only one.
enum class core_role
{
    measured,
    peer
};

/// The core of that role. To be called in the first process too, before anything is pinned.
std::size_t core_of(core_role role);

/// Keeps the calling thread on the role's core. To be called in the first process too, before anything is pinned.
void pin_to_core(core_role role);

/// Remembers the cores this process may use; later calls, also in children, do not change that.
std::size_t usable_cores();

/// Runs `body` in a forked child, pinned to the measured core, and returns what it returns: no system finds what
/// another one has left in its process, such as a thread-local scheduler, a warm heap or a grown stack pool.
///
/// Errors: `std::runtime_error` with the message of what has left `body`, or with how the child has ended otherwise.
double run_isolated(const std::function<double()>& body);

/// Forks; the child runs `body` and ends, with status 0 or, after an exception, 1. It is killed when its parent ends.
pid_t fork_child(const std::function<void()>& body);

namespace detail
{
void* map_shared(std::size_t size);
void unmap_shared(void* where, std::size_t size) noexcept;
} // namespace detail

/// A `T` in memory that later forked children share.
template <class T>
    requires std::is_trivially_destructible_v<T>
class shared_page
{
public:
    shared_page() : value_(new(detail::map_shared(sizeof(T))) T()) {}
    ~shared_page()
    {
        detail::unmap_shared(value_, sizeof(T));
    }
    shared_page(const shared_page&) = delete;
    shared_page& operator=(const shared_page&) = delete;

    T& operator*() const
    {
        return *value_;
    }
    T* operator->() const
    {
        return value_;
    }

private:
    T* value_;
};

} // namespace weft::bench

#endif
