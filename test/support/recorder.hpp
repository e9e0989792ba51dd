// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_RECORDER_HPP
#define WEFT_TEST_SUPPORT_RECORDER_HPP

#include <string>
#include <string_view>

namespace weft::test
{

/// What happened, in order: one word each, to be compared as a whole.
class recorder
{
public:
    void note(std::string_view what)
    {
        if (!line_.empty())
        {
            line_ += ' ';
        }
        line_ += what;
    }

    void note(std::string_view what, long long number)
    {
        note(std::string(what) + std::to_string(number));
    }

    /// All words so far, a blank between them.
    const std::string& line() const noexcept
    {
        return line_;
    }

private:
    std::string line_;
};

/// Notes its destruction.
class witness
{
public:
    witness(recorder& where, std::string name) : where_(where), name_(std::move(name)) {}
    witness(const witness&) = delete;
    witness& operator=(const witness&) = delete;
    ~witness()
    {
        where_.note("~" + name_);
    }

private:
    recorder& where_;
    const std::string name_;
};

} // namespace weft::test

#endif
