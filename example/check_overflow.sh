#!/bin/sh
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# check_overflow.sh <overflow> [sanitized]
# Runs the example, which overflows a fiber's stack, and checks what it says before it dies.

set -eu
program=$1
if [ "${2:-}" = sanitized ]; then
    echo "skipped under sanitizers: they have a handler for faults of their own"
    exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
ulimit -c 0

status=0
"$program" > "$directory/output" 2> "$directory/errors" || status=$?
cat "$directory/errors"

fail() {
    echo "overflow: $1" >&2
    exit 1
}

# A shell reports death by a signal as 128 and its number.
[ "$status" = 139 ] || fail "exit status $status instead of death by SIGSEGV"
[ "$(cat "$directory/output")" = "alice: depth 100" ] || fail "unexpected output: $(cat "$directory/output")"
[ "$(grep -c 'stack overflow in fiber mallory#[0-9]*$' "$directory/errors")" = 1 ] || fail "not one headline"
grep -q '^weft:   stack of [0-9]* bytes at 0x[0-9a-f]*, high-water mark [0-9]* bytes$' "$directory/errors" || fail "no size"
grep -q '^weft:   spawned at .*overflow+0x[0-9a-f]*' "$directory/errors" || fail "no spawn site"
grep -q '^weft:     .*overflow+0x[0-9a-f]*, [0-9]* times$' "$directory/errors" || fail "the recursion is not in the backtrace"

# The command that the report ends with, as somebody would paste it; the first address is the spawn site.
command=$(sed -n 's/^weft:   for lines: //p' "$directory/errors")
if command -v addr2line > /dev/null; then
    $command > "$directory/lines"
    grep -q 'serve.*overflow.cpp:' "$directory/lines" || fail "the spawn site is not found: $(cat "$directory/lines")"
    grep -q 'parse.*overflow.cpp:' "$directory/lines" || fail "the recursion is not found: $(cat "$directory/lines")"
fi
