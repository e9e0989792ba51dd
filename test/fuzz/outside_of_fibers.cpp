// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/waker.hpp>

#include <cstdlib>

// libFuzzer's programs are made of the files under test alone, and never run a fiber. This stands for the rest of the
// library.

namespace weft::detail
{

#if defined(WEFT_READS_THREAD_POINTER)
thread_local scheduler_core* weft_running_core = nullptr;
#else
scheduler_core* current_core() noexcept
{
    return nullptr;
}
#endif

boost::asio::any_io_executor scheduler_core::get_executor() const
{
    std::abort();
}

fiber_record& require_fiber(const char*)
{
    std::abort();
}

boost::system::error_code blocking_error() noexcept
{
    std::abort();
}

} // namespace weft::detail
