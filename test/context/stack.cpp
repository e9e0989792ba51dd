// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/stack.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <unistd.h>

namespace
{

struct complete
{
    weft::stack allocate();
    void deallocate(weft::stack which) noexcept;
};

struct may_throw_on_return
{
    weft::stack allocate();
    void deallocate(weft::stack which);
};

struct hands_out_pointers
{
    std::byte* allocate();
    void deallocate(weft::stack which) noexcept;
};

static_assert(weft::stack_allocator<complete>);
static_assert(!weft::stack_allocator<may_throw_on_return>);
static_assert(!weft::stack_allocator<hands_out_pointers>);
static_assert(!weft::stack_allocator<weft::stack>);

} // namespace

BOOST_AUTO_TEST_SUITE(stack)

BOOST_AUTO_TEST_CASE(null_and_real)
{
    const weft::stack null;
    BOOST_TEST(!null);
    BOOST_TEST(null.size == 0U);
    std::array<std::byte, 32> memory{};
    const weft::stack real{memory.data(), memory.size()};
    BOOST_TEST(static_cast<bool>(real));
    BOOST_TEST(real.top() == memory.data() + memory.size());
}

BOOST_AUTO_TEST_CASE(page_is_the_systems)
{
    BOOST_TEST(weft::page_size() == static_cast<std::size_t>(::getpagesize()));
}

BOOST_AUTO_TEST_CASE(minimum_holds_the_frame_of_a_signal)
{
    BOOST_TEST(weft::minimum_stack_size() >= 8U * 1024U);
#if defined(_SC_MINSIGSTKSZ)
    BOOST_TEST(static_cast<long>(weft::minimum_stack_size()) > ::sysconf(_SC_MINSIGSTKSZ));
#endif
    BOOST_TEST(weft::minimum_stack_size() <= weft::default_stack_size);
}

BOOST_AUTO_TEST_SUITE_END()
