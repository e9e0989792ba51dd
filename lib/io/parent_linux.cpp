// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "parent.hpp"

#ifdef __linux__

#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

namespace weft::detail
{

void end_with_parent(pid_t parent) noexcept
{
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent)
    {
        ::raise(SIGTERM);
    }
}

} // namespace weft::detail

#else

namespace weft::detail
{

void end_with_parent(pid_t) noexcept {}

} // namespace weft::detail

#endif
