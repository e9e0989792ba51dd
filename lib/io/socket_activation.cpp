// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/detail/io_object.hpp>
#include <weft/io/socket_activation.hpp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <limits>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace weft
{

namespace
{

constexpr int first_passed = 3;

std::optional<std::string> take_variable(const char* name)
{
    const char* const value = std::getenv(name);
    if (value == nullptr)
    {
        return std::nullopt;
    }
    std::string copy(value);
    ::unsetenv(name);
    return copy;
}

long to_number(const std::string& text, long most)
{
    long value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > most)
    {
        detail::throw_error(make_error_code(boost::system::errc::invalid_argument), "weft::take_passed_descriptors");
    }
    return value;
}

} // namespace

std::vector<passed_descriptor> take_passed_descriptors()
{
    const auto process = take_variable("LISTEN_PID");
    const auto count = take_variable("LISTEN_FDS");
    const auto names = take_variable("LISTEN_FDNAMES");
    constexpr long most = 1 << 20;
    std::vector<passed_descriptor> result;
    if (!process || !count || to_number(*process, std::numeric_limits<long>::max()) != ::getpid())
    {
        return result;
    }
    std::string_view rest = names ? std::string_view(*names) : std::string_view();
    const auto end = first_passed + static_cast<int>(to_number(*count, most));
    for (int number = first_passed; number < end; ++number)
    {
        if (::fcntl(number, F_SETFD, FD_CLOEXEC) != 0)
        {
            detail::throw_error({errno, boost::system::system_category()}, "weft::take_passed_descriptors");
        }
        const auto name = rest.substr(0, rest.find(':'));
        result.push_back({number, std::string(name)});
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    }
    return result;
}

} // namespace weft
