#!/bin/sed -Ef
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# What doxygen reads in place of a header: the sections of a contract get headings. Lines stay where they are.
/^ *\/\/\/ /{
    s/(\/\/\/|[.;)]) ((Blocks|Cancellation|Errors|Thread safety|Complexity|Units)((,| and) (blocks|cancellation|errors|thread safety|complexity|Blocks|Cancellation|Errors|Thread safety|Complexity))*): /\1 \\contract{\2} /g
    # A comma would separate arguments of the command.
    :again
    s/(\\contract\{[^},]*), /\1 and /
    t again
}
