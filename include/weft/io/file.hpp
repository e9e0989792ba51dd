// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_FILE_HPP
#define WEFT_IO_FILE_HPP

// In one piece: a single class, whose contracts are half of the text and whose functions are in lib already.

#include <weft/io/detail/file_handle.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <sys/stat.h>
#include <utility>

namespace weft
{

/// A file on disk. Reads and writes try the page cache first and take no thread for what is there; what would wait for
/// the disk is done by io_uring, where the system permits that and the transfer has an offset, else by a thread of the
/// process's `blocking_pool`, while the fiber waits. It meets Asio's `SyncReadStream`, `SyncWriteStream`,
/// `SyncRandomAccessReadDevice` and `SyncRandomAccessWriteDevice`.
///
/// Each call that can fail has two forms: one fills an `error_code`, the other throws `system_error`. The end of the file
/// is not thrown: a read returns fewer bytes than asked for, at last 0. The `error_code` form says `asio::error::eof` then,
/// if there was at least one byte to read.
///
/// Outside of fibers the same calls block the thread. For pipes and terminals there are Asio's descriptors: here they
/// would keep a thread of the pool.
///
/// Blocks: the fiber, unless a call says otherwise.
/// Cancellation: at entry and while no thread has begun the call: `operation_aborted`. What has begun is waited for
/// (io_uring is told to cancel it), and its result is returned. Calls that transfer all of several buffers, or meet a
/// short transfer, may also end in between: the bytes that have been transferred are returned, the position stands behind
/// them.
/// Errors: those of the system; `timed_out` when the inherited deadline comes first; those of `blocking_call`, which is
/// what waits. `bad_descriptor` on a closed file.
/// Thread safety: as POSIX has it for a descriptor: several fibers may use one file at a time, with offsets of their own
/// (`read_at`, `write_at`); those that use its position follow each other in no order. Nobody may close it, move it or
/// assign to it meanwhile.
class file
{
public:
    using error_code = boost::system::error_code;
    using native_handle_type = int;

    /// How to open. One of the first three, and any of the others.
    enum flags : unsigned
    {
        read_only = 1,
        write_only = 2,
        read_write = 4,
        append = 8,             ///< every write goes to the end, also `write_at`
        create = 16,            ///< a file that is not there
        exclusive = 32,         ///< with `create`: it must not be there
        truncate = 64,          ///< to length 0
        sync_all_on_write = 128 ///< as if `sync` followed every write
    };
    friend constexpr flags operator|(flags left, flags right) noexcept
    {
        return static_cast<flags>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
    }

    /// Where an offset of `seek` counts from.
    enum class seek_basis
    {
        begin,
        current,
        end
    };

    file() = default;
    /// Takes over a descriptor.
    explicit file(native_handle_type descriptor) noexcept : handle_(descriptor) {}
    /// As `open`.
    explicit file(const std::filesystem::path& path, flags how = read_only, mode_t permissions = 0666)
    {
        open(path, how, permissions);
    }

    file(file&&) = default;
    file& operator=(file&&) = default;
    /// Closes it, without a wait of the fiber: on a file system of the network the thread may block. `close` does not, and
    /// tells of errors.
    ~file() = default;

    /// Closes what was open, and opens the file; other programs that are started do not inherit it. `permissions` are for a
    /// file that is made, less the process's `umask`.
    /// Errors: `invalid_argument` for `how`; those of the system, as `no_such_file_or_directory`, `is_a_directory`,
    /// `permission_denied`, `read_only_file_system`, `too_many_files_open`.
    void open(const std::filesystem::path& path, flags how, mode_t permissions, error_code& error);
    void open(const std::filesystem::path& path, flags how, error_code& error)
    {
        open(path, how, 0666, error);
    }
    void open(const std::filesystem::path& path, flags how = read_only, mode_t permissions = 0666);

    /// It is closed in any case, also with an error, which is what the last writes may have left. Cancellation: none.
    void close(error_code& error);
    void close();

    bool is_open() const noexcept
    {
        return handle_.get() != detail::file_handle::closed;
    }
    native_handle_type native_handle() const noexcept
    {
        return handle_.get();
    }
    /// Gives up the descriptor, open.
    native_handle_type release() noexcept
    {
        return handle_.release();
    }

    /// Reads at the position: at least one byte, unless the file has ended or `buffers` is empty.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        return transfer_some(handle_, direction::read, buffers, here, error);
    }
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers)
    {
        return throwing_read("read_some", [&](error_code& error) { return read_some(buffers, error); });
    }

    /// Fills `buffers`, or reads to the end of the file.
    template <class MutableBuffers>
    std::size_t read(const MutableBuffers& buffers, error_code& error)
    {
        return transfer_all(handle_, direction::read, buffers, here, error);
    }
    template <class MutableBuffers>
    std::size_t read(const MutableBuffers& buffers)
    {
        return throwing_read("read", [&](error_code& error) { return read(buffers, error); });
    }

    /// As `read_some` and `read`, at an offset; the position is not used.
    template <class MutableBuffers>
    std::size_t read_some_at(std::uint64_t offset, const MutableBuffers& buffers, error_code& error)
    {
        return transfer_some(handle_, direction::read, buffers, detail::file_offset(offset), error);
    }
    template <class MutableBuffers>
    std::size_t read_some_at(std::uint64_t offset, const MutableBuffers& buffers)
    {
        return throwing_read("read_some_at", [&](error_code& error) { return read_some_at(offset, buffers, error); });
    }
    /// As `read`, from this offset on; the file's position stays where it is.
    template <class MutableBuffers>
    std::size_t read_at(std::uint64_t offset, const MutableBuffers& buffers, error_code& error)
    {
        return transfer_all(handle_, direction::read, buffers, detail::file_offset(offset), error);
    }
    template <class MutableBuffers>
    std::size_t read_at(std::uint64_t offset, const MutableBuffers& buffers)
    {
        return throwing_read("read_at", [&](error_code& error) { return read_at(offset, buffers, error); });
    }

    /// Writes at the position: at least one byte, unless `buffers` is empty. It is in the page cache then, not on the disk.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        return transfer_some(handle_, direction::write, buffers, here, error);
    }
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers)
    {
        return throwing("write_some", [&](error_code& error) { return write_some(buffers, error); });
    }

    /// Writes all of `buffers`. Returns how many bytes were written, which is less only with an error.
    /// Errors: `no_space_on_device`; `file_too_large` at a limit (in a program that ignores SIGXFSZ).
    template <class ConstBuffers>
    std::size_t write(const ConstBuffers& buffers, error_code& error)
    {
        return transfer_all(handle_, direction::write, buffers, here, error);
    }
    template <class ConstBuffers>
    std::size_t write(const ConstBuffers& buffers)
    {
        return throwing("write", [&](error_code& error) { return write(buffers, error); });
    }

    /// As `write_some` and `write`, at an offset; the position is not used.
    template <class ConstBuffers>
    std::size_t write_some_at(std::uint64_t offset, const ConstBuffers& buffers, error_code& error)
    {
        return transfer_some(handle_, direction::write, buffers, detail::file_offset(offset), error);
    }
    template <class ConstBuffers>
    std::size_t write_some_at(std::uint64_t offset, const ConstBuffers& buffers)
    {
        return throwing("write_some_at", [&](error_code& error) { return write_some_at(offset, buffers, error); });
    }
    /// As `write`, from this offset on; the file's position stays where it is.
    template <class ConstBuffers>
    std::size_t write_at(std::uint64_t offset, const ConstBuffers& buffers, error_code& error)
    {
        return transfer_all(handle_, direction::write, buffers, detail::file_offset(offset), error);
    }
    template <class ConstBuffers>
    std::size_t write_at(std::uint64_t offset, const ConstBuffers& buffers)
    {
        return throwing("write_at", [&](error_code& error) { return write_at(offset, buffers, error); });
    }

    /// Moves the position and returns it. Blocks: the fiber only for `seek_basis::end`.
    std::uint64_t seek(std::int64_t offset, seek_basis basis, error_code& error);
    std::uint64_t seek(std::int64_t offset, seek_basis basis = seek_basis::begin);

    /// Waits until all that was written is on the disk.
    void sync(error_code& error);
    void sync();
    /// The same, without what only describes the file, as its times.
    void datasync(error_code& error);
    void datasync();

    /// Makes the file that long: cuts it, or lengthens it by zeros.
    void resize(std::uint64_t length, error_code& error);
    void resize(std::uint64_t length);

    /// Sees to it that there is room on the disk for these bytes, and that the file reaches that far.
    void allocate(std::uint64_t offset, std::uint64_t length, error_code& error);
    void allocate(std::uint64_t offset, std::uint64_t length);

    /// In bytes.
    std::uint64_t size(error_code& error) const;
    std::uint64_t size() const;

    /// What `fstat` tells.
    struct ::stat stat(error_code& error) const;
    struct ::stat stat() const;

    /// Locks the whole file against whoever locks it too, in this process or another, through another `open`. Asks again
    /// after a pause of up to 50 ms, so that no thread waits, and in no order. With these a file is `std`'s *Lockable*.
    /// Cancellation: at entry and while it waits; the file is not locked then.
    void lock(error_code& error);
    void lock();
    /// As `lock`, but false at once if another has it.
    bool try_lock(error_code& error);
    bool try_lock();
    /// The same, in common with others who do that.
    void lock_shared(error_code& error);
    void lock_shared();
    /// As `lock_shared`, but false at once if another has it for itself.
    bool try_lock_shared(error_code& error);
    bool try_lock_shared();
    /// Blocks: never.
    void unlock(error_code& error);
    void unlock();
    /// Blocks: never.
    void unlock_shared()
    {
        unlock();
    }

private:
    using direction = detail::file_handle::direction;
    static constexpr auto here = detail::file_handle::at_position;

    static void check(const error_code& error, const char* what);
    static void check_read(const error_code& error, const char* what);

    template <class Call>
    static auto throwing(const char* what, Call call)
    {
        error_code error;
        const auto result = call(error);
        check(error, what);
        return result;
    }
    template <class Call>
    static std::size_t throwing_read(const char* what, Call call)
    {
        error_code error;
        const auto result = call(error);
        check_read(error, what);
        return result;
    }

    bool try_lock_as(int operation, error_code& error);
    void lock_as(int operation, error_code& error);

    detail::file_handle handle_;
};

} // namespace weft

#endif
