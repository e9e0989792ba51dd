# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""Starts programs, waits for them with a limit, ends all of them, and counts what was found."""

import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

LIMIT = 30  # seconds, for whatever has no limit of its own
KILL_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl


class Failed(Exception):
    pass


def expect(condition, message):
    if not condition:
        raise Failed(message)


def expect_equal(got, wanted, what):
    expect(got == wanted, f"{what} is {got!r}, not {wanted!r}")


def wait_until(condition, what, limit=LIMIT):
    """The first result of `condition` that is true."""
    end = time.monotonic() + limit
    while True:
        result = condition()
        if result:
            return result
        expect(time.monotonic() < end, f"{what}: not within {limit} s")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _die_with_parent():
    ctypes.CDLL(None).prctl(KILL_WITH_PARENT, signal.SIGKILL)


class Process:
    """A program in a process group of its own, with its output in a file."""

    def __init__(self, name, command, log, **options):
        self.name = name
        self.log = log
        with open(log, "wb") as output:
            self.handle = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=_die_with_parent, **options)

    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for_output(self, pattern, limit=LIMIT):
        def look():
            found = re.search(pattern, self.output())
            expect(found or self.handle.poll() is None, f"{self.name} has ended: {self.output()[-2000:]}")
            return found
        return wait_until(look, f"{self.name}: output {pattern!r}", limit)

    def signal(self, number):
        self.handle.send_signal(number)

    def wait(self, limit=LIMIT):
        try:
            return self.handle.wait(limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} has not ended within {limit} s") from None

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.handle.pid, signal.SIGKILL)
        self.handle.wait()


class Run:
    """What one group of checks works with: a directory and processes that end with it."""

    def __init__(self, name, programs, report):
        self.name = name
        self.programs = programs
        self.report = report
        self.processes = []

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weft-"))
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    @contextlib.contextmanager
    def check(self, what, tell=True):
        begin = time.monotonic()
        try:
            yield
        except (Failed, OSError, subprocess.SubprocessError, KeyError, ValueError) as problem:
            self.report.add(f"{self.name}: {what}", time.monotonic() - begin, str(problem) or repr(problem))
        else:
            if tell:
                self.report.add(f"{self.name}: {what}", time.monotonic() - begin, None)

    def start(self, command, name=None, **options):
        name = name or pathlib.Path(command[0]).name
        log = self.directory / f"{len(self.processes)}-{name}.log"
        process = Process(name, command, log, **options)
        self.processes.append(process)
        return process

    def example(self, name, *arguments):
        """A server of ours, and the port that it says it listens at."""
        server = self.start([self.programs / name, *arguments])
        port = server.wait_for_output(r"://[^ ]*:(\d+)").group(1)
        return server, int(port)

    def end(self, server, limit=LIMIT):
        """SIGTERM, and an orderly end."""
        server.signal(signal.SIGTERM)
        expect_equal(server.wait(limit), 0, f"exit status of {server.name}: {server.output()[-500:]!r}; it")

    def call(self, command, limit=LIMIT, status=0, **options):
        """Runs a program to its end, and returns what it has written to standard output, as bytes."""
        command = [str(word) for word in command]
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        try:
            done = subprocess.run(command, capture_output=True, timeout=limit, check=False, **options)
        except subprocess.TimeoutExpired:
            raise Failed(f"{' '.join(command)}: not within {limit} s") from None
        if status is not None and done.returncode != status:
            raise Failed(f"{' '.join(command)[:300]}: exit status {done.returncode}, not {status}: "
                         f"{done.stderr.decode(errors='replace')[-500:]}")
        return done.stdout

    def file(self, name, content):
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class Report:
    def __init__(self):
        self.good = 0
        self.bad = []

    def add(self, what, seconds, problem):
        if problem is None:
            self.good += 1
            print(f"ok      {what} ({seconds:.1f} s)", flush=True)
        else:
            self.bad.append(what)
            print(f"FAILED  {what} ({seconds:.1f} s)\n        {problem}", flush=True)
