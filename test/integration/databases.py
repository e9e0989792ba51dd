# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""redis_client and postgres_client against servers that are started here."""

import os
import pathlib
import pwd
import signal
import subprocess

from harness import Failed, expect, expect_equal, free_port, wait_until


def start_redis(run):
    for _ in range(3):  # somebody else may take the port meanwhile
        port = free_port()
        server = run.start(["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                            "--dir", run.directory])
        try:
            server.wait_for_output("Ready to accept connections")
            return server, port
        except Failed as problem:
            reason = problem
    raise reason


def is_connected_to(port):
    established = "01"
    lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
    return any(line[2].endswith(f":{port:04X}") and line[3] == established for line in lines)


def redis_client(run):
    server, port = start_redis(run)
    client = [run.programs / "redis_client", "127.0.0.1", port]
    with run.check("1,000 fibers in a pipeline of Debian's redis-server"):
        expect_equal(run.call(client).decode(),
                     "GET: any bytes\r\nDEL: 1\nERR wrong number of arguments for 'incr' command\n"
                     "1000 fibers, count 1000, in few writes\n", "output")
    with run.check("several clients at once leave nothing behind"):
        for one in [run.start(client) for _ in range(4)]:
            one.wait()
        keys = run.call(["redis-cli", "-p", port, "dbsize"]).decode().split()[-1]
        expect_equal(keys, "0", "number of keys")
    with run.check("a server that goes away is reported"):
        server.signal(signal.SIGSTOP)
        waiting = run.start(client)
        wait_until(lambda: is_connected_to(port), "the client")
        server.kill()
        expect(waiting.wait() == 1 and "redis" in waiting.output(), waiting.output())


def start_postgres(run):
    versions = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    expect(versions, "PostgreSQL is not installed")
    programs = versions[-1].parent
    options = {"cwd": "/"}
    if os.geteuid() == 0:  # PostgreSQL does not run as root; its package has made a user
        user = pwd.getpwnam("postgres")
        os.chown(run.directory, user.pw_uid, user.pw_gid)
        options.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    data = run.directory / "data"
    run.call([programs / "initdb", "--pgdata", data, "--auth", "trust", "--username", "postgres", "--no-sync",
              "--encoding", "UTF8", "--no-locale"], limit=60, **options)
    server = run.start([programs / "postgres", "-D", data, "-k", run.directory, "-c", "listen_addresses=", "-F"], **options)
    server.wait_for_output("ready to accept connections")
    return server


def postgres_client(run):
    server = start_postgres(run)
    client = [run.programs / "postgres_client", f"host={run.directory} user=postgres dbname=postgres"]
    with run.check("queries at once, a large value, an error, a deadline, with Debian's PostgreSQL"):
        expect_equal(run.call(client).decode(),
                     "a large value: 1288894 bytes\n5 queries at once: 150\nselect 1/0: division by zero\n"
                     "select pg_sleep(60): timed out\nthe connection goes on\n", "output")
    with run.check("the query that had no time left was cancelled"):
        expect("canceling statement due to user request" in server.output(), server.output())
    with run.check("a server that goes away is reported"):
        locked = subprocess.Popen(["psql", "--no-psqlrc", *client[1:], "--command",
                                   "select pg_advisory_lock(1), pg_sleep(60)"], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            def locks(which):
                return int(run.call(["psql", "--no-psqlrc", *client[1:], "--tuples-only", "--command", "select count(*) "
                                     f"from pg_locks where locktype = 'advisory' and {which}"]))
            wait_until(lambda: locks("granted") == 1, "the lock")
            waiting = run.start(client)
            wait_until(lambda: locks("not granted") == 1, "the client")
            server.signal(signal.SIGQUIT)
            expect(waiting.wait() == 1 and "postgres_client: " in waiting.output(), waiting.output())
        finally:
            locked.kill()
            locked.wait()
        server.wait()
