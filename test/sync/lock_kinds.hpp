// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SYNC_LOCK_KINDS_HPP
#define WEFT_TEST_SYNC_LOCK_KINDS_HPP

#include <weft/sync/local_mutex.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/recursive_mutex.hpp>
#include <weft/sync/shared_mutex.hpp>

#include <boost/mp11/list.hpp>

#include <tuple>

namespace weft::test
{

/// Those that plain threads may lock too.
using locks_for_threads =
    std::tuple<mutex, timed_mutex, recursive_mutex, recursive_timed_mutex, shared_mutex, shared_timed_mutex>;

using all_locks = boost::mp11::mp_push_back<locks_for_threads, local_mutex>;

} // namespace weft::test

#endif
