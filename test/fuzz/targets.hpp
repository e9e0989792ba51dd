// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_FUZZ_TARGETS_HPP
#define WEFT_TEST_FUZZ_TARGETS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// Each target takes any bytes and checks what must hold for all of them. libFuzzer looks for bytes for which it does not
// (`./dev fuzz`), and the test `fuzz_corpus` feeds those that were kept.
namespace weft::fuzz
{

void buffered_streams(std::string_view input);
void passed_descriptors(std::string_view input);
void range_headers(std::string_view input);
void redis_replies(std::string_view input);
void request_targets(std::string_view input);
void socks_messages(std::string_view input);

/// Ends the process if it does not hold: that is what libFuzzer looks for.
inline void require(bool holds, const char* what)
{
    if (!holds)
    {
        std::fprintf(stderr, "fuzz target: this does not hold: %s\n", what);
        std::abort();
    }
}

/// Choices that the input makes, one byte each; 0 when it has no more.
class choices
{
public:
    explicit choices(std::string_view input) noexcept : rest_(input) {}

    bool empty() const noexcept
    {
        return rest_.empty();
    }
    /// Below `bound`, which is at most 256.
    std::size_t below(std::size_t bound) noexcept
    {
        if (rest_.empty())
        {
            return 0;
        }
        const auto byte = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return byte % bound;
    }
    /// All up to a zero byte, which is dropped.
    std::string_view text() noexcept
    {
        const auto result = rest_.substr(0, rest_.find('\0'));
        rest_.remove_prefix(std::min(rest_.size(), result.size() + 1));
        return result;
    }
    std::string_view rest() const noexcept
    {
        return rest_;
    }

private:
    std::string_view rest_;
};

} // namespace weft::fuzz

#endif
