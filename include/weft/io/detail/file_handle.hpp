// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_FILE_HANDLE_HPP
#define WEFT_IO_DETAIL_FILE_HANDLE_HPP

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <sys/uio.h>
#include <utility>

namespace weft::detail
{

/// The ways of a read or write to the file.
enum class file_road
{
    automatic, ///< what is in memory at once, where system and file allow that; else io_uring if there is one; else the
               ///< pool
    page_cache, ///< the same without io_uring
    io_uring,   ///< not what is in memory
    pool        ///< always a thread of the blocking pool
};

/// For tests: the way of all files from now on. Thread safety: any thread.
void force_file_road(file_road road) noexcept;

/// How many reads and writes were not done at once so far, by the way that they have taken.
struct file_road_counters
{
    std::uint64_t pool = 0;
    std::uint64_t io_uring = 0;
};
file_road_counters file_roads_taken() noexcept;

/// The descriptor of a file, and what has been learned about it.
class file_handle
{
public:
    static constexpr int closed = -1;
    static constexpr std::int64_t at_position = -1; ///< an offset: where the last call has ended

    file_handle() = default;
    explicit file_handle(int descriptor) noexcept : descriptor_(descriptor) {}
    file_handle(file_handle&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, closed)),
          reads_cached_(other.reads_cached_),
          writes_cached_(other.writes_cached_)
    {
    }
    file_handle& operator=(file_handle&& other) noexcept;
    ~file_handle();

    int get() const noexcept
    {
        return descriptor_;
    }
    int release() noexcept
    {
        return std::exchange(descriptor_, closed);
    }

    enum class direction
    {
        read,
        write
    };

    /// One transfer of at least one byte, or with `all` as many as it takes. The parts are changed.
    std::size_t transfer(direction way, std::span<iovec> parts, std::int64_t offset, bool all,
                         boost::system::error_code& error);

private:
    std::size_t transfer_once(direction way, std::span<iovec> parts, std::int64_t offset,
                              boost::system::error_code& error);
    bool try_page_cache(direction way, std::span<iovec> parts, std::int64_t offset, std::size_t& count,
                        boost::system::error_code& error);

    int descriptor_ = closed;
    bool reads_cached_ = true;  ///< as far as is known, they can be had without waiting
    bool writes_cached_ = true; ///< the same
};

/// One that is too large for the system stays so.
inline std::int64_t file_offset(std::uint64_t offset) noexcept
{
    constexpr auto largest = std::numeric_limits<std::int64_t>::max();
    return offset < static_cast<std::uint64_t>(largest) ? static_cast<std::int64_t>(offset) : largest;
}

/// The first of a sequence of buffers, in the system's form.
class file_parts
{
public:
    /// Takes buffers from the sequence until that ends or no more fit.
    template <class Iterator>
    Iterator fill(Iterator next, Iterator end) noexcept
    {
        count_ = 0;
        bytes_ = 0;
        for (; next != end && count_ < parts_.size(); ++next)
        {
            const boost::asio::const_buffer part(*next);
            if (part.size() != 0)
            {
                parts_[count_++] = {const_cast<void*>(part.data()), part.size()};
                bytes_ += part.size();
            }
        }
        return next;
    }

    std::span<iovec> get() noexcept
    {
        return std::span(parts_).first(count_);
    }
    std::size_t bytes() const noexcept
    {
        return bytes_;
    }

private:
    std::array<iovec, 16> parts_;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

/// What of the sequence goes to the system at once.
template <class Buffers>
std::size_t transfer_some(file_handle& file, file_handle::direction way, const Buffers& buffers, std::int64_t offset,
                          boost::system::error_code& error)
{
    file_parts parts;
    parts.fill(boost::asio::buffer_sequence_begin(buffers), boost::asio::buffer_sequence_end(buffers));
    return file.transfer(way, parts.get(), offset, false, error);
}

template <class Buffers>
std::size_t transfer_all(file_handle& file, file_handle::direction way, const Buffers& buffers, std::int64_t offset,
                         boost::system::error_code& error)
{
    auto next = boost::asio::buffer_sequence_begin(buffers);
    const auto end = boost::asio::buffer_sequence_end(buffers);
    std::size_t total = 0;
    do
    {
        file_parts parts;
        next = parts.fill(next, end);
        const auto from = offset == file_handle::at_position ? offset : offset + static_cast<std::int64_t>(total);
        total += file.transfer(way, parts.get(), from, true, error);
    } while (!error && next != end);
    return total;
}

} // namespace weft::detail

#endif
