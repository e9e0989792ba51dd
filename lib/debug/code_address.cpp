// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "code_address.hpp"

#include <dlfcn.h>
#include <link.h>

namespace weft::debug::detail
{

code_address look_up(const void* address) noexcept
{
    Dl_info info{};
    code_address result;
    if (::dladdr(address, &info) == 0 || info.dli_fname == nullptr)
    {
        return result;
    }
    const auto where = reinterpret_cast<std::uintptr_t>(address);
    result.object = info.dli_fname;
    // A program that is not position-independent keeps the addresses that its debug information names.
    const bool is_fixed = static_cast<const ElfW(Ehdr)*>(info.dli_fbase)->e_type == ET_EXEC;
    result.offset = is_fixed ? where : where - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
    if (info.dli_sname != nullptr)
    {
        result.function = info.dli_sname;
        result.in_function = where - reinterpret_cast<std::uintptr_t>(info.dli_saddr);
    }
    return result;
}

} // namespace weft::debug::detail
