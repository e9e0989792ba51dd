// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_CONTEXT_GUARD_KINDS_HPP
#define WEFT_TEST_CONTEXT_GUARD_KINDS_HPP

#include "../../lib/context/pages.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <vector>

namespace weft::test
{

using weft::detail::guard_kind;

/// What holds with markers must hold with mprotect: each case runs with both, where the kernel has both.
struct both_guards
{
    both_guards() = default;
    both_guards(const both_guards&) = delete;
    both_guards& operator=(const both_guards&) = delete;
    ~both_guards()
    {
        weft::detail::fail_system_call(0);
        weft::detail::override_mapping_limit(0);
        weft::detail::override_guard_kind(guard_kind::unknown);
    }

    template <class Body>
    void with_each(Body body) const
    {
        for (const guard_kind kind : kinds())
        {
            BOOST_TEST_CONTEXT((kind == guard_kind::marker ? "MADV_GUARD_INSTALL" : "mprotect"))
            {
                weft::detail::override_guard_kind(kind);
                body();
            }
        }
    }

    static std::vector<guard_kind> kinds()
    {
        weft::detail::override_guard_kind(guard_kind::unknown);
        if (weft::detail::usable_guard_kind() == guard_kind::marker)
        {
            return {guard_kind::marker, guard_kind::protection};
        }
        std::puts("MADV_GUARD_INSTALL is not tested: the kernel does not have it");
        return {guard_kind::protection};
    }
};

} // namespace weft::test

#endif
