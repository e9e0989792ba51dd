// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/io/detail/io_object.hpp>
#include <weft/io/file.hpp>
#include <weft/io/stream_socket.hpp>

#include "file_calls.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

namespace weft
{
namespace
{

using boost::system::error_code;

/// The flags of `open(2)`, or -1.
int to_native(file::flags how) noexcept
{
    const auto has = [how](file::flags one) { return (how & one) != 0; };
    const auto access = how & (file::read_only | file::write_only | file::read_write);
    if (std::popcount(static_cast<unsigned>(access)) != 1 || (has(file::exclusive) && !has(file::create)))
    {
        return -1;
    }
    int native = O_CLOEXEC | (has(file::read_only) ? O_RDONLY : has(file::write_only) ? O_WRONLY : O_RDWR);
    native |= has(file::append) ? O_APPEND : 0;
    native |= has(file::create) ? O_CREAT : 0;
    native |= has(file::exclusive) ? O_EXCL : 0;
    native |= has(file::truncate) ? O_TRUNC : 0;
    native |= has(file::sync_all_on_write) ? O_SYNC : 0;
    return native;
}

int to_native(file::seek_basis basis) noexcept
{
    return basis == file::seek_basis::begin ? SEEK_SET : basis == file::seek_basis::current ? SEEK_CUR : SEEK_END;
}

/// Makes a call that fills an `error_code`, and throws what that says.
template <class Call>
auto or_throw(const char* what, Call call)
{
    error_code error;
    if constexpr (std::is_void_v<decltype(call(error))>)
    {
        call(error);
        detail::throw_error(error, what);
    }
    else
    {
        const auto result = call(error);
        detail::throw_error(error, what);
        return result;
    }
}

} // namespace

void file::check(const error_code& error, const char* what)
{
    detail::throw_error(error, what);
}

void file::check_read(const error_code& error, const char* what)
{
    if (error != boost::asio::error::eof)
    {
        detail::throw_error(error, what);
    }
}

// ── open and close ──────────────────────────────────────────────────────────────────────────────────────────────────

void file::open(const std::filesystem::path& path, flags how, mode_t permissions, error_code& error)
{
    const auto native = to_native(how);
    if (native < 0)
    {
        error = boost::asio::error::invalid_argument;
        return;
    }
    if (is_open())
    {
        close(error);
    }
    const auto opened = detail::call_in_pool(error, [&] { return ::open(path.c_str(), native, permissions); });
    if (!error)
    {
        handle_ = detail::file_handle(static_cast<int>(opened));
    }
}

void file::open(const std::filesystem::path& path, flags how, mode_t permissions)
{
    error_code error;
    open(path, how, permissions, error);
    if (error)
    {
        throw boost::system::system_error(error, "open \"" + path.string() + '"');
    }
}

void file::close(error_code& error)
{
    if (!is_open())
    {
        error = boost::asio::error::bad_descriptor;
        return;
    }
    const auto descriptor = release();
    int result = 0;
    const auto close_it = [&] {
        result = ::close(descriptor); // EINTR too means that it is closed, or will be
        error = result == 0 || errno == EINTR ? error_code() : error_code(errno, boost::system::system_category());
    };
    std::optional<cancellation_blocker> block;
    if (this_fiber::is_fiber())
    {
        block.emplace();
    }
    error_code not_begun;
    if (!detail::run_in_pool(not_begun, close_it))
    {
        close_it();
    }
}

// ── position, length, disk ──────────────────────────────────────────────────────────────────────────────────────────

std::uint64_t file::seek(std::int64_t offset, seek_basis basis, error_code& error)
{
    const auto move = [&] { return ::lseek(native_handle(), offset, to_native(basis)); };
    return basis == seek_basis::end ? detail::call_in_pool(error, move) : detail::repeat_if_interrupted(error, move);
}

void file::sync(error_code& error)
{
    detail::call_in_pool(error, [this] { return ::fsync(native_handle()); });
}

void file::datasync(error_code& error)
{
    detail::call_in_pool(error, [this] { return ::fdatasync(native_handle()); });
}

void file::resize(std::uint64_t length, error_code& error)
{
    detail::call_in_pool(error, [&] { return ::ftruncate(native_handle(), static_cast<off_t>(length)); });
}

void file::allocate(std::uint64_t offset, std::uint64_t length, error_code& error)
{
    detail::call_in_pool(error, [&] {
        errno = ::posix_fallocate(native_handle(), static_cast<off_t>(offset), static_cast<off_t>(length));
        return errno == 0 ? 0 : -1;
    });
}

struct ::stat file::stat(error_code& error) const
{
    struct ::stat result = {};
    detail::call_in_pool(error, [&] { return ::fstat(native_handle(), &result); });
    return result;
}

std::uint64_t file::size(error_code& error) const
{
    return static_cast<std::uint64_t>(stat(error).st_size);
}

// ── locks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

bool file::try_lock_as(int operation, error_code& error)
{
    detail::repeat_if_interrupted(error, [&] { return ::flock(native_handle(), operation | LOCK_NB); });
    if (error == boost::asio::error::would_block)
    {
        error = {};
        return false;
    }
    return !error;
}

void file::lock_as(int operation, error_code& error)
{
    constexpr std::chrono::milliseconds longest(50);
    detail::begin_call(error);
    for (std::chrono::milliseconds pause(1); !error && !try_lock_as(operation, error) && !error;
         pause = std::min(2 * pause, longest))
    {
        if (!this_fiber::is_fiber())
        {
            error = detail::blocking_error();
            if (!error)
            {
                std::this_thread::sleep_for(pause);
            }
            continue;
        }
        try
        {
            this_fiber::sleep_for(pause);
        }
        catch (const boost::system::system_error& failure)
        {
            error = failure.code();
        }
    }
}

void file::lock(error_code& error)
{
    lock_as(LOCK_EX, error);
}

bool file::try_lock(error_code& error)
{
    return try_lock_as(LOCK_EX, error);
}

void file::lock_shared(error_code& error)
{
    lock_as(LOCK_SH, error);
}

bool file::try_lock_shared(error_code& error)
{
    return try_lock_as(LOCK_SH, error);
}

void file::unlock(error_code& error)
{
    detail::repeat_if_interrupted(error, [this] { return ::flock(native_handle(), LOCK_UN); });
}

// ── the forms that throw ────────────────────────────────────────────────────────────────────────────────────────────

void file::close()
{
    or_throw("close", [this](error_code& error) { close(error); });
}
std::uint64_t file::seek(std::int64_t offset, seek_basis basis)
{
    return or_throw("seek", [&](error_code& error) { return seek(offset, basis, error); });
}
void file::sync()
{
    or_throw("sync", [this](error_code& error) { sync(error); });
}
void file::datasync()
{
    or_throw("datasync", [this](error_code& error) { datasync(error); });
}
void file::resize(std::uint64_t length)
{
    or_throw("resize", [&](error_code& error) { resize(length, error); });
}
void file::allocate(std::uint64_t offset, std::uint64_t length)
{
    or_throw("allocate", [&](error_code& error) { allocate(offset, length, error); });
}
std::uint64_t file::size() const
{
    return or_throw("size", [this](error_code& error) { return size(error); });
}
struct ::stat file::stat() const
{
    return or_throw("stat", [this](error_code& error) { return stat(error); });
}
void file::lock()
{
    or_throw("lock", [this](error_code& error) { lock(error); });
}
bool file::try_lock()
{
    return or_throw("try_lock", [this](error_code& error) { return try_lock(error); });
}
void file::lock_shared()
{
    or_throw("lock_shared", [this](error_code& error) { lock_shared(error); });
}
bool file::try_lock_shared()
{
    return or_throw("try_lock_shared", [this](error_code& error) { return try_lock_shared(error); });
}
void file::unlock()
{
    or_throw("unlock", [this](error_code& error) { unlock(error); });
}

} // namespace weft
