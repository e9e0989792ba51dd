// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_SOCKET_ACTIVATION_HPP
#define WEFT_IO_SOCKET_ACTIVATION_HPP

#include <string>
#include <vector>

namespace weft
{

/// A socket that was opened by whoever started this process.
struct passed_descriptor
{
    int number;       ///< as the system numbers it
    std::string name; ///< of the unit file (`FileDescriptorName=`); empty if there is none
};

/// Sockets that systemd, or what does the same, has opened for this process: so a server is restarted without a refused
/// connection, and needs no right to its port. They are the caller's from then on, to be closed or given to an acceptor:
///
///     weft::tcp::acceptor acceptor;
///     const auto passed = weft::take_passed_descriptors();
///     passed.empty() ? acceptor = weft::tcp::acceptor(address) : acceptor.assign(passed.front().number);
///
/// Follows LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES, and removes them from the environment, so that the children of this
/// process do not take them to be theirs. Empty if there are none, or those of another process. A second call finds none.
///
/// Blocks: never. Errors: `invalid_argument` if the numbers are none; `bad_file_descriptor` if one of them is not open.
/// Thread safety: none, because of the environment: call it before threads are started.
std::vector<passed_descriptor> take_passed_descriptors();

} // namespace weft

#endif
