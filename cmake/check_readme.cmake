# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# Fails when the first C++ block of README (-DREADME=) does not stand, word for word, in a source that is built (-DSOURCE=).

file(READ "${README}" readme)
file(READ "${SOURCE}" source)
string(FIND "${readme}" "```cpp\n" begin)
if(begin EQUAL -1)
    message(FATAL_ERROR "${README} has no C++ block")
endif()
math(EXPR begin "${begin} + 7")
string(SUBSTRING "${readme}" ${begin} -1 rest)
string(FIND "${rest}" "```" length)
string(SUBSTRING "${rest}" 0 ${length} block)
string(FIND "${source}" "${block}" found)
if(block STREQUAL "" OR found EQUAL -1)
    message(FATAL_ERROR "the first C++ block of ${README} differs from ${SOURCE}")
endif()
message(STATUS "README and ${SOURCE} agree")
