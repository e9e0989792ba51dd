#!/usr/bin/env python3
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""usage: check_lineage.py [--complete] <source tree> <build tree> <test program>...

The last column of each table in doc/lineage.md and doc/hazards.md names tests: `suite`, `suite/case`, or a test of ctest
such as `example.select`; with `…` at the end, all that begin so. Fails where one does not exist, is disabled, or is run by
no test of ctest. Prints which promises of doc/lineage.md have no row yet; with --complete that is a failure too.
"""

import json
import pathlib
import re
import subprocess
import sys

PROMISED = {"V": 16, "P": 7, "F": 14, "W": 12, "M": 4}

# What proves something and is no test: a command of ./dev, a preset of CMake.
OTHER = re.compile(r"\./dev [a-z0-9]+( .*)?$")


def tests_of_ctest(build):
    listed = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, check=True, capture_output=True, text=True).stdout
    return {test["name"] for test in json.loads(listed)["tests"]}


def tests_of_program(program, registered):
    """The suites and `suite/case`s that are enabled; a template's instances are one case."""
    folder = pathlib.Path(program).name.removeprefix("test_")
    listed = subprocess.run([program, "--list_content"], check=True, capture_output=True, text=True)
    path = []
    for line in (listed.stdout + listed.stderr).splitlines():
        found = re.match(r"( *)([^<*:]+)(?:<.*>)?(\*?)", line)
        if not found:
            continue
        depth = len(found[1]) // 4
        path = path[:depth] + [found[2]]
        if found[3] and f"{folder}.{path[0]}" in registered:
            yield "/".join(path)


def rows(page):
    """(line, cells) of each row of a table, without its head."""
    lines = page.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("| "):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if number < len(lines) and re.match(r"\|[-| ]+\|$", lines[number]):
                continue
            yield number, cells


def main():
    arguments = [each for each in sys.argv[1:] if each != "--complete"]
    root, build, programs = pathlib.Path(arguments[0]), arguments[1], arguments[2:]
    registered = tests_of_ctest(build)
    known = set(registered)
    for program in programs:
        known.update(tests_of_program(program, registered))
    presets = {each["name"] for each in json.loads((root / "CMakePresets.json").read_text())["configurePresets"]}

    def exists(name):
        if name.endswith("…"):
            return any(each.startswith(name[:-1]) for each in known)
        return name in known or name in presets or OTHER.match(name) is not None

    wrong = named = 0
    for page in (root / "doc/lineage.md", root / "doc/hazards.md"):
        for line, cells in rows(page):
            names = re.findall(r"`([^`]+)`", cells[-1])
            named += len(names)
            for name in names:
                name = name.replace("\\|", "|")
                if not exists(name):
                    print(f"{page.relative_to(root)}:{line}: there is no test {name}")
                    wrong += 1
            if page.name == "lineage.md" and not names:
                print(f"{page.relative_to(root)}:{line}: names no test")
                wrong += 1

    told = {cells[0] for _, cells in rows(root / "doc/lineage.md")}
    missing = [f"{letter}{number}" for letter, last in PROMISED.items() for number in range(1, last + 1)
               if f"{letter}{number}" not in told]
    print(f"{named} tests named, {wrong} of them wrong; promises without a row: {' '.join(missing) or 'none'}")
    return 1 if wrong or not named or (missing and "--complete" in sys.argv) else 0


if __name__ == "__main__":
    sys.exit(main())
