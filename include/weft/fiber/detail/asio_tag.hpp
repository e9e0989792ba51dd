// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_ASIO_TAG_HPP
#define WEFT_FIBER_DETAIL_ASIO_TAG_HPP

// As context/detail/link_tag.hpp, for the options of Asio that change its classes. Files that disagree about them share
// one io_context and see two: timers and accepts then never complete, and nothing says so.

#include <weft/context/detail/link_tag.hpp>

#include <boost/asio/detail/config.hpp>
#include <boost/version.hpp>

// It passes the address of a local variable on as the mark of an operation, and writes through it later.
#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT) && BOOST_VERSION < 108300 && !defined(WEFT_ALLOW_OLD_IO_URING)
#error                                                                                                                 \
    "weft: Asio's io_uring back end corrupts memory before Boost 1.83: take a newer Boost, leave epoll enabled, or define WEFT_ALLOW_OLD_IO_URING"
#endif

#if defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
#define WEFT_TAG_REACTOR uring
#elif defined(BOOST_ASIO_HAS_EPOLL) && defined(BOOST_ASIO_HAS_IO_URING)
#define WEFT_TAG_REACTOR epoll_and_uring
#elif defined(BOOST_ASIO_HAS_EPOLL)
#define WEFT_TAG_REACTOR epoll
#else
#define WEFT_TAG_REACTOR select
#endif

#if defined(BOOST_ASIO_HAS_TIMERFD)
#define WEFT_TAG_TIMERFD yes
#else
#define WEFT_TAG_TIMERFD no
#endif

#if defined(BOOST_ASIO_HAS_EVENTFD)
#define WEFT_TAG_EVENTFD yes
#else
#define WEFT_TAG_EVENTFD no
#endif

#if defined(BOOST_ASIO_HAS_THREADS)
#define WEFT_TAG_THREADS yes
#else
#define WEFT_TAG_THREADS no
#endif

#if defined(BOOST_ASIO_ENABLE_HANDLER_TRACKING) || defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
#define WEFT_TAG_TRACKING yes
#else
#define WEFT_TAG_TRACKING no
#endif

#define WEFT_TAG_TWO(a, b) WEFT_TAG_TWO_JOIN(a, b)
#define WEFT_TAG_TWO_JOIN(a, b) a##b

/// `weft_must_be_built_with_asio_<reactor>_timerfd_<yes|no>_eventfd_<yes|no>_threads_<yes|no>_tracking_<yes|no>`
#define WEFT_ASIO_TAG                                                                                                  \
    WEFT_TAG_TWO(WEFT_TAG_NAME(weft_must_be_built_with_asio_, WEFT_TAG_REACTOR, _timerfd_, WEFT_TAG_TIMERFD,           \
                               _eventfd_, WEFT_TAG_EVENTFD),                                                           \
                 WEFT_TAG_NAME(_threads_, WEFT_TAG_THREADS, _tracking_, WEFT_TAG_TRACKING, , ))

extern "C" const char WEFT_ASIO_TAG;

namespace weft::detail
{

[[gnu::used]] static const char* const asio_tag_of_this_file = &WEFT_ASIO_TAG;

} // namespace weft::detail

#endif
