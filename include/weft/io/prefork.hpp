// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_PREFORK_HPP
#define WEFT_IO_PREFORK_HPP

#include <chrono>
#include <cstddef>
#include <functional>

namespace weft
{

/// How many processes serve, and how they are replaced.
struct prefork_options
{
    using duration = std::chrono::steady_clock::duration;

    /// How many worker processes; 0 stands for `usable_cores()`.
    std::size_t processes = 0;

    /// How long a worker may take to end when it has been asked to, by SIGTERM; then it is killed.
    duration grace = std::chrono::seconds(30);

    /// The pause before a worker is replaced that has died young; doubled for each further one in a row, up to the longest.
    duration restart_pause = std::chrono::milliseconds(100);
    /// See `restart_pause`.
    duration longest_restart_pause = std::chrono::seconds(30);

    /// One that has lived as long as this is replaced at once, and the pauses begin anew.
    duration young = std::chrono::seconds(10);
};

/// What a worker process knows of itself.
struct prefork_worker
{
    std::size_t number;      ///< its place among the workers, from 0; a replacement has that of the one before
    std::size_t replacement; ///< how many have had the place before
};

/// Processes instead of threads, which share nothing: forks the workers, each of which calls `body`, and looks after them.
/// One that dies takes none of the others' connections with it, and is replaced.
///
///     int main()
///     {
///         const weft::tcp::listening_socket port({asio::ip::tcp::v4(), 7000}); // for all of them
///         return weft::prefork([&](weft::prefork_worker) {
///             return weft::run([&] {
///                 weft::tcp::acceptor acceptor;
///                 acceptor.assign(port.duplicate());
///                 weft::server server;
///                 weft::jfiber stopper([&] { weft::signal_set({SIGTERM}).wait(); server.stop(); });
///                 server.serve(acceptor, session);
///             });
///         });
///     }
///
/// To this process SIGTERM and SIGINT say: stop. Each worker is sent SIGTERM and has the grace to end; a second such
/// signal kills those that are left. SIGHUP says: reload. Each worker gets a successor, which begins with what the files say
/// by now, and is then sent SIGTERM: it goes on with the connections it has. No connection is lost on a socket that they
/// have inherited; on sockets of their own with SO_REUSEPORT, `serve` sees to those in its queue.
///
/// A worker has the signal mask and the handlers of the caller at the time. Its exit status is what `body` returns, 1
/// after an exception, which is logged; static objects are not destroyed in it, as by `_exit`. On Linux a worker is sent
/// SIGTERM when this process has died. For another binary, start that with the socket (see `take_passed_descriptors`).
///
/// Returns 0 when all have ended after a stop.
///
/// Blocks: the thread, until it is stopped.
/// Errors: those of the system when the workers are first forked; those that are there already are stopped. Later a fork
/// that fails is tried again, as for a worker that has died. `device_or_resource_busy` inside of another call of this.
/// Thread safety: none: no other thread but those of blocking pools, outside of fibers, and before there is anything in
/// this process that two should not have; see `weft::fork`.
int prefork(const std::function<int(prefork_worker)>& body, const prefork_options& options = {});

} // namespace weft

#endif
