// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_LINK_TAG_HPP
#define WEFT_CONTEXT_DETAIL_LINK_TAG_HPP

// Build options that change what objects look like, or which of two implementations is at work, must be the same in
// weft's libraries and in every file that includes its headers. Mixed, such a program would run and hang or corrupt
// itself; with the tag it does not link, and the name of the missing symbol says what differs.

#include <weft/context/detail/sanitizer.hpp>
#include <weft/context/detail/switch.hpp>
#include <weft/version.hpp>

#include <boost/version.hpp>

#if defined(WEFT_ASAN)
#define WEFT_TAG_SANITIZER asan
#elif defined(WEFT_TSAN)
#define WEFT_TAG_SANITIZER tsan
#else
#define WEFT_TAG_SANITIZER none
#endif

#define WEFT_TAG_JOIN(a, b, c, d, e, f) a##b##c##d##e##f
#define WEFT_TAG_NAME(a, b, c, d, e, f) WEFT_TAG_JOIN(a, b, c, d, e, f)

/// `weft_must_be_built_with_switch_<back end>_sanitizer_<which>_boost_<BOOST_VERSION>_weft_<major>_<minor>`
#define WEFT_LINK_TAG                                                                                                  \
    WEFT_TAG_NAME(WEFT_TAG_NAME(weft_must_be_built_with_switch_, WEFT_TAG_SWITCH, _sanitizer_, WEFT_TAG_SANITIZER,     \
                                _boost_, BOOST_VERSION),                                                               \
                  _weft_, WEFT_VERSION_MAJOR, _, WEFT_VERSION_MINOR, )

extern "C" const char WEFT_LINK_TAG;

namespace weft::detail
{

// One reference a file, kept although nobody reads it.
[[gnu::used]] static const char* const link_tag_of_this_file = &WEFT_LINK_TAG;

} // namespace weft::detail

#endif
