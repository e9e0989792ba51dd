// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_REDIS_PROTOCOL_HPP
#define WEFT_EXAMPLE_REDIS_PROTOCOL_HPP

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The protocol that redis servers speak (RESP, version 2), without input and output.
namespace example::redis
{

struct value
{
    enum class kind
    {
        nothing, ///< null
        status,  ///< "OK" and the like, in `text`
        error,   ///< in `text`
        text,
        integer,
        array
    };

    kind what = kind::nothing;
    std::string text;
    std::int64_t number = 0;
    std::vector<value> items;

    friend bool operator==(const value&, const value&) = default;
};

/// A command as it is sent: an array of texts, any bytes in them.
inline void append_command(std::string& to, std::span<const std::string_view> words)
{
    to += '*' + std::to_string(words.size()) + "\r\n";
    for (const auto word : words)
    {
        to += '$' + std::to_string(word.size()) + "\r\n";
        to.append(word).append("\r\n");
    }
}

/// Of one reply.
struct limits
{
    std::size_t line = 65'536;             ///< a status, an error or a number, in bytes
    std::int64_t text = 512 * 1024 * 1024; ///< in bytes
    std::int64_t items = 1'000'000;        ///< in one array
    std::size_t depth = 8;                 ///< arrays in arrays
};

/// Takes replies apart as they come, in pieces of any size, in time and memory proportional to what came: a length that
/// is announced reserves nothing. A server reads commands with it, which are arrays of texts.
class parser
{
public:
    enum class state
    {
        incomplete,
        complete, ///< `take` it; until then nothing more is fed
        invalid   ///< for good; `problem` says why
    };

    parser() = default;
    explicit parser(const limits& most) : most_(most) {}

    /// Takes bytes up to the end of one reply, and returns how many.
    std::size_t feed(std::string_view bytes)
    {
        const auto before = bytes.size();
        while (state_ == state::incomplete && !bytes.empty())
        {
            in_text_ ? feed_text(bytes) : feed_line(bytes);
        }
        return before - bytes.size();
    }

    state status() const noexcept
    {
        return state_;
    }
    /// A literal.
    const char* problem() const noexcept
    {
        return problem_;
    }

    /// The reply, if it is complete. The next one begins.
    value take()
    {
        state_ = state::incomplete;
        return std::exchange(result_, {});
    }

private:
    struct open_array
    {
        value so_far;
        std::int64_t missing;
    };

    void fail(const char* why) noexcept
    {
        state_ = state::invalid;
        problem_ = why;
    }

    void feed_line(std::string_view& bytes)
    {
        const auto end = bytes.find('\n');
        const auto piece = bytes.substr(0, end == bytes.npos ? end : end + 1);
        if (piece.size() > most_.line + 3 - std::min(line_.size(), most_.line + 3)) // with its type and "\r\n"
        {
            fail("a line is too long");
            return;
        }
        line_ += piece;
        bytes.remove_prefix(piece.size());
        if (line_.ends_with('\n'))
        {
            end_line();
        }
    }

    void end_line()
    {
        const std::string whole = std::exchange(line_, {});
        if (whole.size() < 3 || whole.find('\r') != whole.size() - 2)
        {
            fail("a line has no proper end");
            return;
        }
        const auto content = std::string_view(whole).substr(1, whole.size() - 3);
        switch (whole.front())
        {
        case '+':
            add({value::kind::status, std::string(content), 0, {}});
            return;
        case '-':
            add({value::kind::error, std::string(content), 0, {}});
            return;
        case ':':
        case '$':
        case '*':
            begin(whole.front(), content);
            return;
        default:
            fail("an unknown type");
        }
    }

    void begin(char type, std::string_view content)
    {
        std::int64_t number = 0;
        const auto* const end = content.data() + content.size();
        const auto [at, error] = std::from_chars(content.data(), end, number);
        if (at != end || error != std::errc())
        {
            fail("no number where one must be");
        }
        else if (type == ':')
        {
            add({value::kind::integer, {}, number, {}});
        }
        else if (number == -1)
        {
            add({});
        }
        else if (number < 0 || number > (type == '$' ? most_.text : most_.items))
        {
            fail("a length out of bounds");
        }
        else if (type == '$')
        {
            in_text_ = true;
            text_size_ = static_cast<std::size_t>(number);
        }
        else if (open_.size() == most_.depth)
        {
            fail("arrays in arrays too deep");
        }
        else if (number == 0)
        {
            add({value::kind::array, {}, 0, {}});
        }
        else
        {
            open_.push_back({{value::kind::array, {}, 0, {}}, number});
        }
    }

    void feed_text(std::string_view& bytes)
    {
        const auto piece = bytes.substr(0, text_size_ + 2 - line_.size());
        line_ += piece;
        bytes.remove_prefix(piece.size());
        if (line_.size() < text_size_ + 2)
        {
            return;
        }
        if (!line_.ends_with("\r\n"))
        {
            fail("a text has no proper end");
            return;
        }
        in_text_ = false;
        line_.resize(text_size_);
        add({value::kind::text, std::exchange(line_, {}), 0, {}});
    }

    void add(value item)
    {
        while (!open_.empty())
        {
            auto& array = open_.back();
            array.so_far.items.push_back(std::move(item));
            if (--array.missing != 0)
            {
                return;
            }
            item = std::move(array.so_far);
            open_.pop_back();
        }
        result_ = std::move(item);
        state_ = state::complete;
    }

    limits most_;
    state state_ = state::incomplete;
    const char* problem_ = "";
    bool in_text_ = false;
    std::size_t text_size_ = 0;
    std::string line_; ///< what is there of a line, or of a text
    std::vector<open_array> open_;
    value result_;
};

} // namespace example::redis

#endif
