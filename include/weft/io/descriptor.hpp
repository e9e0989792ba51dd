// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DESCRIPTOR_HPP
#define WEFT_IO_DESCRIPTOR_HPP

#include <weft/io/detail/io_object.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>

namespace weft
{

/// Whose task it is to close a descriptor.
enum class ownership
{
    borrowed, ///< another library's: it stays open
    taken     ///< closed with the object
};

/// Waits for a descriptor that somebody else reads and writes: a database client's socket, an inotify or a timerfd.
///
///     weft::descriptor ready(PQsocket(connection));
///     while (PQisBusy(connection))
///     {
///         ready.wait(weft::descriptor::wait_read);
///         PQconsumeInput(connection);
///     }
///
/// Also in `select`: `on_readable(ready, …)`, `on_writable(ready, …)`. From the first wait until `release` or the end, the
/// descriptor is in non-blocking mode. One object per descriptor and io_context. A borrowed descriptor must be released
/// before its owner closes it.
///
/// Blocks: `wait`: the fiber, or the thread outside of fibers.
/// Cancellation: `operation_aborted`; `close`, `cancel` or `release` by another fiber has the same effect.
/// Errors: `timed_out` when the inherited deadline comes first; `operation_not_supported` for what is always ready, such as
/// a file.
/// Thread safety: none for one object, except that several fibers of its scheduler may wait.
class descriptor : public detail::io_object<boost::asio::posix::stream_descriptor>
{
    using base = detail::io_object<boost::asio::posix::stream_descriptor>;

public:
    static constexpr auto wait_read = boost::asio::posix::descriptor_base::wait_read;
    static constexpr auto wait_write = boost::asio::posix::descriptor_base::wait_write;
    static constexpr auto wait_error = boost::asio::posix::descriptor_base::wait_error;

    /// Errors: those of the system; `file_exists` if another object of the same io_context has this descriptor. It is not
    /// closed then. Without an executor also `operation_not_permitted` outside of fibers.
    explicit descriptor(int number, ownership whose = ownership::borrowed);
    descriptor(const executor_type& executor, int number, ownership whose = ownership::borrowed);

    descriptor(descriptor&&) = default;
    descriptor& operator=(descriptor&& other) noexcept;

    /// Closes it if it is owned, else releases it.
    ~descriptor();

    /// Ends all waits with `operation_aborted`, and gives the descriptor back, open, in the mode in which it came; -1 if
    /// there is none.
    int release() noexcept;

private:
    ownership whose_;
    bool was_blocking_;
};

} // namespace weft

#endif
