#!/bin/sh
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# check_demo.sh <weft_demo> <connections>
# A short demo must succeed and say so in its last line, and one that is killed must leave no server behind.

set -eu
demo=$1 connections=$2
files=$(mktemp -d)
demo_id=''
clean_up() {
    [ -z "$demo_id" ] || kill -KILL "$demo_id" 2> /dev/null || true
    rm -rf "$files"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
    echo "check_demo: $*" >&2
    cat "$files"/* >&2
    exit 1
}

# <seconds> <command> [argument ...]: waits until the command succeeds.
within() {
    tries=$(($1 * 20))
    shift
    until "$@"; do
        [ $tries -gt 0 ] || fail "not true in time: $*"
        tries=$((tries - 1))
        sleep 0.05
    done
}

"$demo" --connections "$connections" --seconds 1 > "$files/demo" 2>&1 || fail "exit status $?"
tail -n 1 "$files/demo" | grep -Eqx 'demo: [1-9][0-9]* requests, 0 errors' || fail "the last line is wrong"
for server in 'weft fibers' 'Asio callbacks'; do
    grep -Eqx "$server( +[0-9.]+){6}" "$files/demo" || fail "no figures for $server"
done

: > "$files/killed"
"$demo" --connections 1 --seconds 60 > "$files/killed" 2>&1 &
demo_id=$!
within 30 grep -q requests "$files/killed"
children=$(cat "/proc/$demo_id/task/$demo_id/children")
[ -n "$children" ] || fail "no server runs"
kill -KILL "$demo_id"
wait "$demo_id" || true
demo_id=''
gone() { ! kill -0 "$@" 2> /dev/null; }
# shellcheck disable=SC2086 # a list of numbers
within 10 gone $children
cat "$files/demo"
