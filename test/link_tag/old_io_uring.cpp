// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// For a compiler that is told to have Asio wait for sockets by io_uring: it must refuse, and say why.
#include <weft/fiber/detail/asio_tag.hpp>
