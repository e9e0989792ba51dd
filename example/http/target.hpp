// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_HTTP_TARGET_HPP
#define WEFT_EXAMPLE_HTTP_TARGET_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace example
{

namespace detail
{

inline int hexadecimal(char digit) noexcept
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

} // namespace detail

/// The path in a request's target, without its leading slash and with `%` taken out, as it may be appended to a directory's.
/// None if the target is not a path, is malformed, or could lead out of the directory: `..` and zero bytes are refused
/// however they are written. Symbolic links are not looked at.
inline std::optional<std::string> path_of_target(std::string_view target)
{
    target = target.substr(0, target.find_first_of("?#"));
    if (!target.starts_with('/'))
    {
        return {};
    }
    std::string path;
    for (std::size_t at = 1; at < target.size(); ++at)
    {
        if (target[at] != '%')
        {
            path += target[at];
            continue;
        }
        const bool has_both = target.size() - at > 2;
        const int high = has_both ? detail::hexadecimal(target[at + 1]) : -1;
        const int low = has_both ? detail::hexadecimal(target[at + 2]) : -1;
        if (high < 0 || low < 0)
        {
            return {};
        }
        path += static_cast<char>(high * 16 + low);
        at += 2;
    }
    // A second slash at the beginning would make it an absolute path.
    if (path.starts_with('/') || path.find('\0') != path.npos || ("/" + path + "/").find("/../") != path.npos)
    {
        return {};
    }
    return path;
}

/// A name as a link in a page needs it.
inline std::string encode_path(std::string_view path)
{
    constexpr std::string_view harmless = "-._~/";
    std::string result;
    for (const char c : path)
    {
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            harmless.find(c) != harmless.npos)
        {
            result += c;
        }
        else
        {
            constexpr std::string_view digits = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            result.append({'%', digits[byte / 16], digits[byte % 16]});
        }
    }
    return result;
}

} // namespace example

#endif
