// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/run.hpp>

int main()
{
    return weft::run([] { return 0; });
}
