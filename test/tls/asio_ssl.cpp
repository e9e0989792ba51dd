// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// What of Asio's TLS is no template, as support/asio.cpp has it of the rest.

#include <boost/asio/ssl/impl/src.hpp>
