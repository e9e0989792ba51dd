// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_FILES_HPP
#define WEFT_TEST_IO_SUPPORT_FILES_HPP

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace weft::test
{

/// A new directory that goes with all that is in it.
class fresh_directory
{
public:
    fresh_directory()
    {
        auto name = (std::filesystem::temp_directory_path() / "weft-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
        {
            throw std::runtime_error("mkdtemp " + name);
        }
        path_ = name;
    }
    fresh_directory(const fresh_directory&) = delete;
    fresh_directory& operator=(const fresh_directory&) = delete;
    ~fresh_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const noexcept
    {
        return path_;
    }
    std::filesystem::path operator/(const char* name) const
    {
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

inline void put(const std::filesystem::path& where, const std::string& text)
{
    std::ofstream(where) << text;
}

inline std::string content_of(const std::filesystem::path& where)
{
    std::ifstream from(where);
    return {std::istreambuf_iterator<char>(from), {}};
}

} // namespace weft::test

#endif
