// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_TEMPORARY_DIRECTORY_HPP
#define WEFT_EXAMPLE_TEMPORARY_DIRECTORY_HPP

#include <cerrno>
#include <filesystem>
#include <stdlib.h>
#include <system_error>

namespace example
{

/// Exists as long as the object, with all that is put into it.
class temporary_directory
{
public:
    temporary_directory()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "weft-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
        {
            throw std::system_error(errno, std::generic_category(), "mkdtemp");
        }
        path_ = pattern;
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    ~temporary_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const noexcept
    {
        return path_;
    }

private:
    std::filesystem::path path_;
};

} // namespace example

#endif
