#!/usr/bin/env python3
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""usage: check_fibers.py <gdb> <test_gdb_fibers> <weft-gdb.py>

What weft-gdb.py shows of a live process, and then of its core file.
"""

import pathlib
import re
import resource
import subprocess
import sys
import tempfile

GDB, PROGRAM, SCRIPT = sys.argv[1:]
MARK = "--- next ---"
QUESTIONS = ["weft fibers", "weft backtrace", "weft fiber locker", "backtrace", "weft fiber", "backtrace", "weft fiber nobody"]

STATES = """\
main#N runs, made in .*
locker#N waits, not to be interrupted (its wait number 1), made in .*main.*
sleeper#N waits, with a limit (its wait number 1), made in .*
reader#N waits (its wait number 1), made in .*
yielder#N is ready, made in .*
unborn#N has not started, made in .*
6 fibers
"""

BODIES = {"locker": "wait_for_the_lock", "sleeper": "sleep_for_an_hour", "reader": "read_what_never_comes",
          "yielder": "yield_for_good"}


def ask(arguments, before, after):
    commands = ["set debuginfod enabled off", "set width 0", "set confirm off", f"source {SCRIPT}", *before]
    for question in QUESTIONS:
        # One that fails ends what -batch runs, unless it is caught.
        commands += [f"echo {MARK}\\n", f"python\ntry: gdb.execute({question!r})\nexcept gdb.error as error: print(error)\nend"]
    commands += [f"echo {MARK}\\n", *after]
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as file:
        file.write("\n".join(commands) + "\n")
        file.flush()
        done = subprocess.run([GDB, "-nx", "-batch", "-x", file.name, *arguments], text=True, capture_output=True)
    return done.stdout, done.stderr


def check(text, innermost):
    _, fibers, stacks, chosen, deep, back, thread, nobody, *_ = text.split(MARK + "\n")
    wrong = []

    def expect(what, holds):
        if not holds:
            wrong.append(what)

    for line, pattern in zip(fibers.splitlines(), STATES.splitlines()):
        pattern = re.escape(pattern).replace(r"\#N", r"\#\d+").replace(r"\.\*", ".*")
        expect(f"{line!r} is not {pattern}", re.fullmatch(pattern, line))
    expect("six fibers", len(fibers.splitlines()) == 7)

    sections = {one.partition("#")[0]: one for one in re.split(r"(?m)^(?=\S*#\d+ )", stacks) if one}
    for name, function in BODIES.items():
        expect(f"the stack of {name}", re.search(rf"(?m)^    #\d+ .*\b{function} at .*fibers\.cpp:\d+$", sections.get(name, "")))
        expect(f"{name} ends where fibers begin", "run_body at" in sections.get(name, ""))
    expect("no stack of the running one", "no stack to show" in sections.get("main", ""))
    expect("no stack of the unborn", "no stack to show" in sections.get("unborn", ""))

    expect("the chosen one is named", re.match(r"locker#\d+ waits", chosen))
    expect("the chosen one's stack", re.search(r"(?m)^#1 +.*\n(?:.*\n)*#\d+ .*wait_for_the_lock", deep))
    expect("nothing is said of the thread", back == "")
    expect("the thread's stack again", innermost in thread and "wait_for_the_lock" not in thread)
    expect("a name that nobody has", nobody.startswith("there is no fiber nobody"))
    return wrong


def core_file(folder):
    """What the kernel writes: gdb's own generate-core-file leaves out whole stacks where guards are cheap. None if it goes elsewhere."""
    pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text()
    if pattern.startswith("|") or "/" in pattern:
        return None

    def allow():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)

    subprocess.run([PROGRAM, "abort"], cwd=folder, preexec_fn=allow, capture_output=True)
    return next(pathlib.Path(folder).iterdir(), None)


def main():
    live, errors = ask([PROGRAM], ["break stop_here", "run"], ["continue"])
    if re.search("ptrace: Operation not permitted|Cannot create process", live + errors):
        print("skipped: no process may be traced here")
        return 0
    wrong = [f"live: {each}" for each in check(live, "stop_here")]
    if "exited normally" not in live:
        wrong.append("live: the program did not run to its end")
    with tempfile.TemporaryDirectory() as folder:
        core = core_file(folder)
        if core:
            from_core, core_errors = ask([PROGRAM, str(core)], [], [])
            wrong += [f"core: {each}" for each in check(from_core, "abort")]
        else:
            print("skipped: no core file where it was looked for")
            from_core = core_errors = ""
    if wrong:
        print(live, errors, from_core, core_errors, *wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
