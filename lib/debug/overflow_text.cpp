// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "overflow_text.hpp"

#include <weft/fiber/detail/observation.hpp>

#include "call_chain.hpp"
#include "code_address.hpp"
#include "pages_in_use.hpp"
#include "records.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <unistd.h>

namespace weft::debug::detail
{
namespace
{

using weft::detail::fiber_record;

/// Text on its way to stderr.
class error_output
{
public:
    error_output() = default;
    error_output(const error_output&) = delete;
    error_output& operator=(const error_output&) = delete;
    ~error_output()
    {
        flush();
    }

    error_output& operator<<(std::string_view text) noexcept
    {
        while (!text.empty())
        {
            if (size_ == buffer_.size())
            {
                flush();
            }
            const auto count = text.copy(buffer_.data() + size_, buffer_.size() - size_);
            size_ += count;
            text.remove_prefix(count);
        }
        return *this;
    }

    error_output& operator<<(std::size_t number) noexcept
    {
        return *this << digits(number, 10);
    }

    error_output& hexadecimal(std::uintptr_t number) noexcept
    {
        return *this << "0x" << digits(number, 16);
    }

    error_output& address(const void* where) noexcept
    {
        return hexadecimal(reinterpret_cast<std::uintptr_t>(where));
    }

    void flush() noexcept
    {
        std::size_t done = 0;
        while (done < size_)
        {
            const auto count = ::write(STDERR_FILENO, buffer_.data() + done, size_ - done);
            if (count < 0 && errno != EINTR)
            {
                break;
            }
            done += count > 0 ? static_cast<std::size_t>(count) : 0;
        }
        size_ = 0;
    }

private:
    std::string_view digits(std::size_t number, int base) noexcept
    {
        const auto end = std::to_chars(digits_.data(), digits_.data() + digits_.size(), number, base).ptr;
        return {digits_.data(), static_cast<std::size_t>(end - digits_.data())};
    }

    std::array<char, 4096> buffer_; // a report of ordinary length is one write
    std::array<char, 24> digits_;
    std::size_t size_ = 0;
};

void put_fiber(error_output& out, const fiber_record* fiber) noexcept
{
    if (fiber == nullptr)
    {
        out << "no fiber";
        return;
    }
    out << "fiber " << weft::detail::name_of(*fiber) << "#" << std::size_t{fiber->id};
}

void put_address(error_output& out, const void* address) noexcept
{
    const auto known = look_up(address);
    if (known.object == nullptr)
    {
        out.address(address);
        return;
    }
    out << known.object << "+";
    out.hexadecimal(known.offset);
    if (known.function != nullptr)
    {
        out << " (" << known.function << "+";
        out.hexadecimal(known.in_function) << ")";
    }
}

void put_site(error_output& out, const fiber_record& fiber) noexcept
{
    out << "weft:   spawned at ";
    const auto site = site_of(fiber);
    if (site.named.line() != 0)
    {
        out << site.named.file_name() << ":" << std::size_t{site.named.line()} << " (" << site.named.function_name()
            << ")";
    }
    else
    {
        put_address(out, site.address);
    }
    out << "\n";
}

void put_call_chain(error_output& out, const fault& seen, const void* site) noexcept
{
    out << "weft:   backtrace, innermost first:\n";
    out.flush(); // reading a stack that is damaged may end the process
    call_chain chain(seen.at.program_counter);
    chain.find();
    chain.for_each(
        [&](const call_chain::call& one) {
            out << "weft:     ";
            put_address(out, one.address);
            if (one.times > 1)
            {
                out << ", " << one.times << " times";
            }
            out << "\n";
        },
        [&](std::size_t number) { out << "weft:     ... " << number << " more\n"; });

    const auto object = look_up(seen.at.program_counter).object;
    if (object == nullptr)
    {
        return;
    }
    out << "weft:   for lines: addr2line -Cfpie " << object;
    const auto put_offset = [&](const void* address) {
        const auto known = look_up(address);
        if (known.object == object) // the linker's own text
        {
            out << " ";
            out.hexadecimal(known.offset);
        }
    };
    put_offset(site);
    chain.for_each([&](const call_chain::call& one) { put_offset(one.address); }, [](std::size_t) {});
    out << "\n";
}

void put_headline(error_output& out, const fault& seen) noexcept
{
    out << "weft: ";
    switch (seen.what)
    {
    case fault::kind::overflow:
        out << "stack overflow in ";
        put_fiber(out, seen.owner);
        break;
    case fault::kind::stray_access:
        put_fiber(out, seen.running);
        out << " has touched the guard below the stack of ";
        put_fiber(out, seen.owner);
        out << ", on which it does not run";
        break;
    case fault::kind::unknown_stack:
        out << "stack overflow on a stack that is no fiber's, a generator's or a fiber_context's, resumed by ";
        put_fiber(out, seen.running);
        break;
    case fault::kind::thread_stack:
        out << "overflow of the thread's own stack, in ";
        put_fiber(out, seen.running);
        break;
    case fault::kind::unrelated:
        break;
    }
    out << "\n";
}

} // namespace

void write_report(const fault& seen) noexcept
{
    error_output out;
    put_headline(out, seen);
    if (seen.memory)
    {
        out << "weft:   stack of " << seen.memory.size << " bytes at ";
        out.address(seen.memory.base) << ", high-water mark " << high_water(seen.memory) << " bytes\n";
    }
    out << "weft:   fault at ";
    out.address(seen.address) << ", stack pointer ";
    out.address(seen.at.stack_pointer) << "\n";
    const auto* const whose = seen.owner != nullptr ? seen.owner : seen.running;
    if (whose != nullptr)
    {
        put_site(out, *whose);
    }
    put_call_chain(out, seen, whose != nullptr ? whose->spawned_at : nullptr);
}

void prepare_report() noexcept
{
    call_chain chain(nullptr);
    chain.find();
    static_cast<void>(look_up(reinterpret_cast<const void*>(&prepare_report)));
}

} // namespace weft::debug::detail
