// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_DEBUG_CODE_ADDRESS_HPP
#define WEFT_LIB_DEBUG_CODE_ADDRESS_HPP

#include <cstdint>

namespace weft::debug::detail
{

/// What the dynamic linker knows of an address.
struct code_address
{
    const char* object = nullptr;   ///< path of the program or library; null if it is in none
    std::uintptr_t offset = 0;      ///< as addr2line wants it
    const char* function = nullptr; ///< mangled; null if its name is not exported
    std::uintptr_t in_function = 0; ///< offset from its beginning
};

/// Safe in a signal handler as far as `dladdr` is: it allocates nothing, and takes the dynamic linker's lock, which is
/// held by a thread that is just loading or unloading a library.
code_address look_up(const void* address) noexcept;

} // namespace weft::debug::detail

#endif
