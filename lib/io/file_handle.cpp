// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/io/detail/file_handle.hpp>
#include <weft/io/detail/io_object.hpp>

#include "file_calls.hpp"
#include "page_cache.hpp"
#include "uring.hpp"

#include <boost/asio/error.hpp>

#include <atomic>
#include <unistd.h>

namespace weft::detail
{
namespace
{

using boost::system::error_code;
using direction = file_handle::direction;

constinit std::atomic<file_road> forced_road{file_road::automatic};
constinit std::atomic<std::uint64_t> by_pool{0};
constinit std::atomic<std::uint64_t> by_uring{0};

/// May wait for the device.
ssize_t transfer_now(int descriptor, direction way, std::span<const iovec> parts, std::int64_t offset) noexcept
{
    const auto count = static_cast<int>(parts.size());
    if (offset < 0)
    {
        return way == direction::read ? ::readv(descriptor, parts.data(), count)
                                      : ::writev(descriptor, parts.data(), count);
    }
    return way == direction::read ? ::preadv(descriptor, parts.data(), count, offset)
                                  : ::pwritev(descriptor, parts.data(), count, offset);
}

/// Takes out what has been transferred, and what is empty.
std::span<iovec> without(std::span<iovec> parts, std::size_t count) noexcept
{
    while (!parts.empty() && parts.front().iov_len <= count)
    {
        count -= parts.front().iov_len;
        parts = parts.subspan(1);
    }
    if (!parts.empty())
    {
        auto& first = parts.front();
        first.iov_base = static_cast<std::byte*>(first.iov_base) + count;
        first.iov_len -= count;
    }
    return parts;
}

} // namespace

void force_file_road(file_road road) noexcept
{
    forced_road.store(road, std::memory_order_relaxed);
}

file_road_counters file_roads_taken() noexcept
{
    return {by_pool.load(std::memory_order_relaxed), by_uring.load(std::memory_order_relaxed)};
}

file_handle& file_handle::operator=(file_handle&& other) noexcept
{
    file_handle old(std::move(*this));
    descriptor_ = std::exchange(other.descriptor_, closed);
    reads_cached_ = other.reads_cached_;
    writes_cached_ = other.writes_cached_;
    return *this;
}

file_handle::~file_handle()
{
    if (descriptor_ != closed)
    {
        ::close(descriptor_);
    }
}

std::size_t file_handle::transfer(direction way, std::span<iovec> parts, std::int64_t offset, bool all,
                                  error_code& error)
{
    error = {};
    std::size_t total = 0;
    while (!parts.empty())
    {
        const auto from = offset < 0 ? offset : offset + static_cast<std::int64_t>(total);
        const auto count = transfer_once(way, parts, from, error);
        total += count;
        if (error || !all)
        {
            break;
        }
        parts = without(parts, count);
    }
    return total;
}

std::size_t file_handle::transfer_once(direction way, std::span<iovec> parts, std::int64_t offset, error_code& error)
{
    std::size_t count = 0;
    if (!this_fiber::is_fiber())
    {
        error = blocking_error();
        if (error)
        {
            return 0;
        }
        count = repeat_if_interrupted(error, [&] { return transfer_now(descriptor_, way, parts, offset); });
    }
    else
    {
        begin_call(error);
        if (error)
        {
            return 0;
        }
        const auto road = forced_road.load(std::memory_order_relaxed);
        const bool cached = road == file_road::automatic || road == file_road::page_cache;
        // After a short write at the file's position, io_uring leaves that where it was (seen with Linux 6.18): the rest would
        // overwrite what was written.
        const bool ring = offset >= 0 && (road == file_road::automatic || road == file_road::io_uring);
        if (cached && try_page_cache(way, parts, offset, count, error))
        {
            // done
        }
        else if (ring && transfer_by_uring(descriptor_, way, parts, static_cast<std::uint64_t>(offset), count, error))
        {
            by_uring.fetch_add(1, std::memory_order_relaxed);
        }
        else
        {
            by_pool.fetch_add(1, std::memory_order_relaxed);
            count = call_in_pool(error, [&] { return transfer_now(descriptor_, way, parts, offset); });
        }
    }
    if (count == 0 && !error)
    {
        error = way == direction::read ? error_code(boost::asio::error::eof)
                                       : make_error_code(boost::system::errc::io_error);
    }
    return count;
}

bool file_handle::try_page_cache(direction way, std::span<iovec> parts, std::int64_t offset, std::size_t& count,
                                 error_code& error)
{
    auto& worth_trying = way == direction::read ? reads_cached_ : writes_cached_;
    if (!worth_trying)
    {
        return false;
    }
    count = repeat_if_interrupted(error, [&] {
        return way == direction::read ? read_page_cache(descriptor_, parts, offset)
                                      : write_page_cache(descriptor_, parts, offset);
    });
    if (!error)
    {
        return true;
    }
    // Whatever is wrong besides, the pool's attempt will tell.
    worth_trying = error == boost::system::errc::resource_unavailable_try_again;
    error = {};
    return false;
}

} // namespace weft::detail
