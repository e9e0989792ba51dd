// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_LOAD_PROGRESS_LINE_HPP
#define WEFT_EXAMPLE_LOAD_PROGRESS_LINE_HPP

#include <cstdio>
#include <string>
#include <unistd.h>

namespace example
{

/// What goes on, on stderr: one line that replaces itself on a terminal, line after line elsewhere if `always`.
class progress_line
{
public:
    explicit progress_line(bool always) : terminal_(::isatty(STDERR_FILENO) == 1), wanted_(terminal_ || always) {}

    ~progress_line()
    {
        clear();
    }

    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;

    void show(const std::string& text)
    {
        if (wanted_)
        {
            std::fprintf(stderr, terminal_ ? "\r\033[K%s" : "%s\n", text.c_str());
            shown_ = true;
        }
    }

    /// Makes room for other output.
    void clear()
    {
        if (terminal_ && shown_)
        {
            std::fputs("\r\033[K", stderr);
            shown_ = false;
        }
    }

private:
    bool terminal_;
    bool wanted_;
    bool shown_ = false;
};

} // namespace example

#endif
