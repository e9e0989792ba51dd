// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_LOAD_LATENCY_HISTOGRAM_HPP
#define WEFT_EXAMPLE_LOAD_LATENCY_HISTOGRAM_HPP

#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace example
{

/// Latencies in buckets of nanoseconds, each less than one percent as wide as the values in it: up to 255 ns one value
/// a bucket, above that 128 buckets for each power of two.
class latency_histogram
{
public:
    void add(std::chrono::nanoseconds latency) noexcept
    {
        ++buckets_[index_of(latency.count() > 0 ? static_cast<std::uint64_t>(latency.count()) : 0)];
        ++count_;
    }

    std::uint64_t count() const noexcept
    {
        return count_;
    }

    /// The upper edge of the bucket that holds the given share (0.99: the 99th percentile); 0 if there are none.
    std::chrono::nanoseconds quantile(double share) const noexcept
    {
        const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < buckets_.size(); ++i)
        {
            seen += buckets_[i];
            if (seen >= wanted && seen > 0)
            {
                return std::chrono::nanoseconds(static_cast<std::int64_t>(upper_edge(i)));
            }
        }
        return {};
    }

    static constexpr std::size_t index_of(std::uint64_t value) noexcept
    {
        const auto width = static_cast<unsigned>(std::bit_width(value));
        const unsigned shift = width > 8 ? width - 8 : 0;
        return shift * std::size_t{128} + static_cast<std::size_t>(value >> shift);
    }

    static constexpr std::uint64_t upper_edge(std::size_t index) noexcept
    {
        const std::size_t shift = index < 256 ? 0 : index / 128 - 1;
        return ((std::uint64_t{index} - shift * 128 + 1) << shift) - 1;
    }

private:
    static constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

    std::vector<std::uint64_t> buckets_ = std::vector<std::uint64_t>(index_of(largest) + 1);
    std::uint64_t count_ = 0;
};

static_assert(latency_histogram::upper_edge(latency_histogram::index_of(255)) == 255);
static_assert(latency_histogram::index_of(256) == 256 && latency_histogram::index_of(257) == 256);
static_assert(latency_histogram::upper_edge(256) == 257);
static_assert(latency_histogram::index_of(latency_histogram::upper_edge(4000)) == 4000);
static_assert(latency_histogram::index_of(latency_histogram::upper_edge(4000) + 1) == 4001);

} // namespace example

#endif
