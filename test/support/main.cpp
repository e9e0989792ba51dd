// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The main function of every test executable. Written out instead of asking Boost.Test's macros for it, because those
// have no effect behind the precompiled header.

#include <boost/test/unit_test.hpp>

int main(int argc, char* argv[])
{
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
