// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/generator.hpp>
#include <weft/context/guarded_stacks.hpp>
#include <weft/context/stack.hpp>

#include "fixtures.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

using weft::generator;
using weft::guarded_stacks;
using weft::test::small_stack;

namespace
{

struct tree
{
    int value;
    std::unique_ptr<tree> left;
    std::unique_ptr<tree> right;
};

std::unique_ptr<tree> insert(std::unique_ptr<tree> into, int value)
{
    if (!into)
    {
        return std::unique_ptr<tree>(new tree{value, nullptr, nullptr});
    }
    auto& side = value < into->value ? into->left : into->right;
    side = insert(std::move(side), value);
    return into;
}

/// One generator for each node on the way down.
template <class Stacks>
generator<int> walk(Stacks& stacks, const tree* node)
{
    return generator<int>(std::allocator_arg, stacks, [&stacks, node](auto& yield) {
        if (node == nullptr)
        {
            return;
        }
        for (const int each : walk(stacks, node->left.get()))
        {
            yield(each);
        }
        yield(node->value);
        for (const int each : walk(stacks, node->right.get()))
        {
            yield(each);
        }
    });
}

/// Fails at one of its allocations.
struct failing_stacks
{
    explicit failing_stacks(int number) : failing(number) {}

    weft::stack allocate()
    {
        if (++count == failing)
        {
            throw std::bad_alloc();
        }
        return stacks.allocate();
    }
    void deallocate(weft::stack which) noexcept
    {
        stacks.deallocate(which);
    }

    int failing;
    int count = 0;
    guarded_stacks stacks{small_stack};
};

} // namespace

// Generators that walk a tree, each of which holds those of the branches below.
BOOST_AUTO_TEST_SUITE(generator_recursion)

BOOST_AUTO_TEST_CASE(a_tree_is_walked_in_order)
{
    std::unique_ptr<tree> root;
    for (int i = 0; i != 50; ++i)
    {
        root = insert(std::move(root), i * 37 % 101);
    }
    guarded_stacks stacks(small_stack);
    int last = -1;
    int count = 0;
    for (const int each : walk(stacks, root.get()))
    {
        BOOST_TEST(each > last);
        last = each;
        ++count;
    }
    BOOST_TEST(count == 50);
    BOOST_TEST(stacks.allocated() == 0U);
}

BOOST_AUTO_TEST_CASE(as_deep_as_there_are_stacks)
{
    constexpr int depth = weft::test::sanitized ? 200 : 1000;
    std::unique_ptr<tree> root;
    for (int i = 0; i != depth; ++i)
    {
        root.reset(new tree{depth - i, nullptr, std::move(root)});
    }
    guarded_stacks stacks(small_stack);
    {
        auto all = walk(stacks, root.get());
        int expected = 0;
        for (; expected != depth - 1; ++expected)
        {
            BOOST_REQUIRE(*all.resume() == expected + 2 - 1);
        }
        BOOST_TEST(stacks.allocated() >= static_cast<std::size_t>(depth - 1));
    } // dropped: every level is unwound by the one above
    BOOST_TEST(stacks.allocated() == 0U);
}

BOOST_AUTO_TEST_CASE(an_exception_passes_all_levels_whichever_allocation_fails)
{
    std::unique_ptr<tree> root;
    for (const int i : {4, 2, 1, 3, 6, 5, 7})
    {
        root = insert(std::move(root), i);
    }
    constexpr int nodes_and_leaves = 15;
    for (int n = 1; n <= nodes_and_leaves + 1; ++n)
    {
        failing_stacks stacks(n);
        bool failed = false;
        int last = 0;
        try
        {
            for (const int each : walk(stacks, root.get()))
            {
                last = each;
            }
        }
        catch (const std::bad_alloc&)
        {
            failed = true;
        }
        BOOST_TEST(failed == (n <= nodes_and_leaves));
        BOOST_TEST((failed || last == 7));
        BOOST_TEST(stacks.stacks.allocated() == 0U);
        // What comes after works.
        stacks.failing = 0;
        int sum = 0;
        for (const int each : walk(stacks, root.get()))
        {
            sum += each;
        }
        BOOST_TEST(sum == 28);
    }
}

BOOST_AUTO_TEST_SUITE_END()
