// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "preemption.hpp"

// Where the turn of a calculation may end: not where it might hold a lock that it knows nothing of.

#if defined(__linux__) && defined(__GLIBC__)

#include <algorithm>
#include <array>
#include <dlfcn.h>
#include <link.h>
#include <unwind.h>

namespace weft::detail
{

namespace
{

/// The executable segment around an address; empty if no object that is loaded has it.
code_range code_around(const void* address) noexcept
{
    struct search
    {
        std::uintptr_t wanted;
        code_range found = {};
    } state{reinterpret_cast<std::uintptr_t>(address)};
    ::dl_iterate_phdr(
        [](dl_phdr_info* object, std::size_t, void* closure) {
            auto& mine = *static_cast<search*>(closure);
            for (int i = 0; i < object->dlpi_phnum; ++i)
            {
                const auto& segment = object->dlpi_phdr[i];
                const auto begin = object->dlpi_addr + segment.p_vaddr;
                const code_range range{begin, begin + segment.p_memsz};
                if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0 && range.contains(mine.wanted))
                {
                    mine.found = range;
                    return 1;
                }
            }
            return 0;
        },
        &state);
    return state.found;
}

/// What is the same for all regions.
struct known_code
{
    /// Functions of the C library's allocator, or of what replaces it.
    static constexpr std::array names{"malloc",   "free",           "calloc", "realloc", "aligned_alloc",
                                      "memalign", "posix_memalign", "_Znwm",  "_Znam",   "_ZdlPv",
                                      "_ZdaPv",   "_ZdlPvm",        "_ZdaPvm"};

    code_range mathematics; ///< empty if it is in the same object as the C library, or not there
    std::array<const void*, names.size()> allocator{};

    known_code() noexcept
    {
        // Not `&malloc`, which may be a stub of the program's.
        std::transform(names.begin(), names.end(), allocator.begin(),
                       [](const char* name) { return ::dlsym(RTLD_DEFAULT, name); });
        const auto* const cosine = ::dlsym(RTLD_DEFAULT, "cos");
        const auto* const c_library = ::dlsym(RTLD_DEFAULT, "getenv");
        if (cosine != nullptr && c_library != nullptr)
        {
            const auto range = code_around(cosine);
            mathematics = range.contains(reinterpret_cast<std::uintptr_t>(c_library)) ? code_range{} : range;
        }
    }

    static const known_code& get() noexcept
    {
        static const known_code known;
        return known;
    }

    bool has_allocator(const code_range& range) const noexcept
    {
        return std::any_of(allocator.begin(), allocator.end(), [&](const void* one) {
            return one == nullptr || range.contains(reinterpret_cast<std::uintptr_t>(one));
        });
    }
};

} // namespace

bool is_inside_allocator() noexcept
{
    struct search
    {
        const known_code& known = known_code::get();
        bool found = false;
    } state;
    _Unwind_Backtrace(
        [](_Unwind_Context* frame, void* closure) {
            auto& mine = *static_cast<search*>(closure);
            const auto* const function = reinterpret_cast<const void*>(_Unwind_GetRegionStart(frame));
            mine.found = function != nullptr && std::find(mine.known.allocator.begin(), mine.known.allocator.end(),
                                                          function) != mine.known.allocator.end();
            return mine.found ? _URC_END_OF_STACK : _URC_NO_REASON;
        },
        &state);
    return state.found;
}

void describe_code(preemption_region& region, const void* site) noexcept
{
    auto& code = region.thread->code;
    if (!code.contains(reinterpret_cast<std::uintptr_t>(site)))
    {
        code = code_around(site);
        region.thread->code_has_allocator = known_code::get().has_allocator(code);
        is_inside_allocator(); // the unwinder's first-time work, which may allocate
    }
    region.code = code;
    region.has_allocator = region.thread->code_has_allocator;
}

bool may_be_interrupted_at(const preemption_region& region, const void* program_counter) noexcept
{
    const auto address = reinterpret_cast<std::uintptr_t>(program_counter);
    return region.code.contains(address) || known_code::get().mathematics.contains(address);
}

} // namespace weft::detail

#else

namespace weft::detail
{

void describe_code(preemption_region& /*region*/, const void* /*site*/) noexcept {}

bool may_be_interrupted_at(const preemption_region& /*region*/, const void* /*program_counter*/) noexcept
{
    return false;
}

bool is_inside_allocator() noexcept
{
    return true;
}

} // namespace weft::detail

#endif
