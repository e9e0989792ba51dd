// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_DEBUG_STACK_USAGE_HPP
#define WEFT_DEBUG_STACK_USAGE_HPP

#include <weft/context/stack.hpp>
#include <weft/debug/spawn_site.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

// How much of their stacks fibers need. The answer is in the page tables: a page of a stack that was never touched is not
// there. That is exact to a page and costs nothing until it is asked for, but it is the memory's mark, not the fiber's:
// stacks are used again, with the pages that earlier fibers have touched. The mark of a fiber alone needs an accounting
// (below), under which every fiber that ends gives its pages back.
//
// Pages that the system has swapped out count as untouched.

namespace weft::debug
{

/// How much of a stack was in use.
struct stack_usage
{
    std::size_t size = 0; ///< usable bytes; 0 if the fiber has no stack: not yet, or not any more
    std::size_t high_water =
        0; ///< bytes from the top to the end of the deepest page that was touched since these pages
           ///< were last given back
};

/// Of any stack, a generator's for example. The first page is not looked at unless all of it belongs to the stack.
///
/// Blocks: never.
/// Complexity: a system call for each megabyte above the mark.
stack_usage stack_usage_of(stack which) noexcept;

/// Of a fiber. Thread safety: in fibers of its own scheduler, or while nobody drives the executor.
///
/// Errors: `invalid_argument` if the handle is empty, `operation_not_permitted` in a fiber of another scheduler.
stack_usage stack_usage_of(const fiber& which);
stack_usage stack_usage_of(const jfiber& which);

/// Of the running fiber. Errors: `operation_not_permitted` outside of fibers.
stack_usage this_fiber_stack_usage();

/// What an accounting does beside counting.
struct stack_accounting_options
{
    /// A fiber that ends with a mark above so many per cent of its stack is reported as a warning through weft's logger,
    /// one a second at most. 100 or more: none.
    unsigned warn_above_percent = 75;
};

/// From now on the mark of each fiber, when it ends, is entered in a table by spawn site, and its stack's pages are given
/// back, so that the next fiber's mark is its own. The first marks on stacks that are in use already are still those of
/// all their users. A fiber's end costs some system calls then, and the next fiber on its stack page faults. As long as
/// no accounting was started, fibers cost what they cost without.
///
/// To start it again changes the options.
///
/// Errors: `std::bad_alloc`.
/// Thread safety: any thread.
void start_stack_accounting(const stack_accounting_options& options = {});

/// The table stays. Thread safety: any thread.
void stop_stack_accounting() noexcept;

/// What the fibers made at one place have needed.
struct spawn_site_usage
{
    spawn_site site;            ///< where they were made
    std::uint64_t fibers = 0;   ///< that have ended
    std::size_t high_water = 0; ///< the highest mark of them, in bytes
    std::size_t stack_size = 0; ///< of the one with that mark
};

/// The table, the highest marks first. Errors: `std::bad_alloc`. Thread safety: any thread.
std::vector<spawn_site_usage> stack_usage_by_site();

/// Empties the table. Thread safety: any thread.
void forget_stack_usage() noexcept;

} // namespace weft::debug

#endif
