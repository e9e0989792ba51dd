// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_CONTEXT_FIXTURES_HPP
#define WEFT_TEST_CONTEXT_FIXTURES_HPP

#include <weft/context/detail/sanitizer.hpp>
#include <weft/context/fiber_context.hpp>
#include <weft/context/stack.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace weft::test
{

using sequence = std::vector<std::string>;

struct recorder
{
    void note(std::string what)
    {
        steps.push_back(std::move(what));
    }

    sequence steps;
};

/// Notes its destruction.
struct witness
{
    witness(recorder& to_note_in, std::string own_name) : to(to_note_in), name(std::move(own_name)) {}
    witness(const witness&) = delete;
    witness& operator=(const witness&) = delete;
    ~witness()
    {
        to.note("~" + name);
    }

    recorder& to;
    std::string name;
};

inline fiber_context resume(fiber_context&& which)
{
    return std::move(which).resume();
}

#if defined(WEFT_ASAN) || defined(WEFT_TSAN)
inline constexpr bool sanitized = true;
inline constexpr std::size_t small_stack = 128 * 1024;
#else
inline constexpr bool sanitized = false;
inline constexpr std::size_t small_stack = 32 * 1024;
#endif

/// True, with the reason printed, under a sanitizer.
inline bool skipped_under_sanitizers(const char* reason)
{
    if (sanitized)
    {
        std::printf("skipped under sanitizers: %s\n", reason);
    }
    return sanitized;
}

/// Memory for one context that is not from `guarded_stacks`. Not on a stack either: Valgrind takes that for frames.
template <std::size_t Size = small_stack>
class own_memory
{
public:
    std::byte* base() const noexcept
    {
        return block_->bytes.data();
    }

    stack where(std::size_t size = Size) const noexcept
    {
        return {base(), size};
    }

private:
    struct block
    {
        alignas(64) std::array<std::byte, Size> bytes;
    };

    std::unique_ptr<block> block_ = std::make_unique<block>();
};

/// Counts, and keeps its one stack in itself.
struct counting_stacks
{
    stack allocate()
    {
        ++taken;
        return memory.where();
    }
    void deallocate(stack which) noexcept
    {
        returned += which.base == memory.base() ? 1 : 0;
    }

    int taken = 0;
    int returned = 0;
    own_memory<> memory;
};

/// As above, with a count that stays when it has moved.
struct shared_count_stacks
{
    stack allocate()
    {
        return memory.where();
    }
    void deallocate(stack which) noexcept
    {
        *returned += which.base == memory.base() ? 1 : 0;
    }

    std::shared_ptr<int> returned;
    own_memory<> memory;
};

struct expected_error : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

/// What `call` throws must be a `system_error` of that kind; returns its message.
template <class Call>
std::string failure_of(Call call, boost::system::errc::errc_t expected)
{
    try
    {
        call();
    }
    catch (const boost::system::system_error& error)
    {
        BOOST_TEST((error.code() == expected), error.code());
        return error.what();
    }
    BOOST_ERROR("nothing was thrown");
    return {};
}

} // namespace weft::test

#endif
