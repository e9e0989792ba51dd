#!/bin/sh
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# check_echo.sh <echo_server> <echo_load> <connections>
# Runs the two together: connections that are dropped all at once must not hurt the server, a load must find every byte,
# and SIGTERM must end the server with exit status 0 while somebody is connected; a load without a server must fail.

set -eu
server=$1 load=$2 connections=$3
files=$(mktemp -d)
server_id='' load_id=''
clean_up() {
    [ -z "$server_id" ] || kill -KILL "$server_id" 2> /dev/null || true
    [ -z "$load_id" ] || kill -KILL "$load_id" 2> /dev/null || true
    rm -rf "$files"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
    echo "check_echo: $*" >&2
    for file in "$files"/*; do
        echo "--- ${file##*/}" >&2
        cat "$file" >&2
    done
    exit 1
}

# <text> <file>: waits until a line of the file begins with the text.
wait_for_line() {
    tries=0
    until grep -q "^$1" "$2"; do
        tries=$((tries + 1))
        [ $tries -le 600 ] || fail "no line '$1' in ${2##*/}"
        sleep 0.05
    done
}

start_load() { # <file of its progress>
    : > "$1"
    "$load" 127.0.0.1 "$port" --connections "$connections" --seconds 60 --progress > /dev/null 2> "$1" &
    load_id=$!
    wait_for_line 'echo_load: [1-9]' "$1"
}

: > "$files/server"
"$server" > "$files/server" 2>&1 &
server_id=$!
wait_for_line 'listening on 127.0.0.1:' "$files/server"
port=$(sed -n 's/^listening on 127.0.0.1://p' "$files/server")

start_load "$files/dropped_load"
kill -KILL "$load_id"
wait "$load_id" || true
load_id=''

"$load" 127.0.0.1 "$port" --connections "$connections" --seconds 0.5 > "$files/load" 2>&1 || fail "the load failed"
grep -Eqx 'echo_load: [1-9][0-9]* requests, [0-9]+ requests/s(, p[0-9.]+ [0-9.]+ ms){3}, 0 errors' "$files/load" ||
    fail "the load's summary is wrong"

start_load "$files/interrupted_load"
kill -TERM "$server_id"
status=0
wait "$server_id" || status=$?
server_id=''
[ "$status" = 0 ] || fail "the server's exit status is $status"
grep -Eqx "served $((3 * connections)) connections, [1-9][0-9]* bytes; 0 idle, [0-9]+ broken" "$files/server" ||
    fail "the server's summary is wrong"
status=0
wait "$load_id" || status=$?
load_id=''
[ "$status" = 1 ] || fail "the load's exit status is $status although its server ended"

status=0
"$load" 127.0.0.1 "$port" --connections 3 --seconds 0.1 > "$files/lonely_load" 2>&1 || status=$?
[ "$status" = 1 ] || fail "the load's exit status is $status although there is no server"
grep -q '^echo_load: 0 requests.* 3 errors$' "$files/lonely_load" || fail "the summary of a load without a server is wrong"
cat "$files/load" "$files/server"
