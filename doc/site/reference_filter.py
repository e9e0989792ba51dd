#!/usr/bin/env python3
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""usage: reference_filter.py <header>

Prints what doxygen reads in place of a header: the sections of a contract get headings, and where a class takes a member of
a base by `using base::name;`, which doxygen passes over, the declarations of that base stand instead, with the words above
the using-declaration. One without words has those of the line above or of another class in the header that takes it.
"""

import functools
import pathlib
import re
import sys

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include" / "weft"
TITLES = "Blocks|Cancellation|Errors|Thread safety|Complexity|Units"
SECTION = re.compile(rf"(///|[.;)]) ((?:{TITLES})(?:(?:,| and) (?:{TITLES}|blocks|cancellation|errors|thread safety|complexity))*): ")


def with_headings(line):
    if not re.match(r" */// ", line):
        return line
    # A comma would separate arguments of the command.
    return SECTION.sub(lambda found: f"{found[1]} \\contract{{{found[2].replace(', ', ' and ')}}} ", line)


@functools.cache
def classes():
    """Name -> lines of the body, and the names of its bases."""
    found = {}
    for path in sorted(INCLUDE.rglob("*.hpp")):
        lines = path.read_text().splitlines()
        for start, line in enumerate(lines):
            head = re.match(r"(?:class|struct) (\w+)( final)?( :|$)", line)
            if head and "{" in lines[start:start + 4]:
                opening = lines.index("{", start)
                bases = re.findall(r"(?:public|protected|private) (?:detail::)?(\w+)", " ".join(lines[start:opening]))
                body = lines[opening + 1:lines.index("};", opening)]
                found.setdefault(head[1], (body, bases))
    return found


def declarations(body):
    """Of the members that are functions, in one line each, without what defines them."""
    number = 0
    while number < len(body):
        line = body[number]
        number += 1
        if not re.match(r"    [^\s/{}#:]", line):
            continue
        parts = [line.strip()]
        while not parts[-1].endswith((";", "}")) and number < len(body) and body[number] != "    {":
            parts.append(body[number].strip())
            number += 1
        text = re.sub(r" requires ?\([^()]*\)", "", " ".join(parts))  # what it names is the base's own
        if "(" in text and not text.startswith(("using", "friend", "static_assert")):
            yield re.sub(r"(?<=\)) : .*$|\s*\{.*$|;$", "", text) + ";"


def taken(base, name):
    """What `using base::name` brings."""
    body, bases = classes().get(base, ([], []))
    found = [each for each in declarations(body) if re.search(rf"(?<![\w:.>]){name}\(", each)]
    return found or [each for next_base in bases for each in taken(next_base, name)]


def words_above(lines, number):
    start = number
    while start > 0 and lines[start - 1].startswith("    ///"):
        start -= 1
    return lines[start:number]


def expanded(lines):
    own_name, aliases, is_public, told = "", {}, False, {}
    for number, line in enumerate(lines):
        head = re.match(r"(class|struct) (\w+)", line)
        if head:
            own_name, is_public, aliases = head[2], head[1] == "struct", {}
        if access := re.match(r"(public|protected|private):$", line):
            is_public = access[1] == "public"
        if alias := re.match(r"    using (\w+) = (?:\w+::)*(\w+)", line):
            aliases[alias[1]] = alias[2]
        using = re.match(r"    using (?:\w+::)*(\w+)::(\w+);$", line)
        if not using or not is_public:
            yield line
            continue
        base = aliases.get(using[1], using[1])
        name = base if using[2] == using[1] else using[2]
        words = words_above(lines, number)
        words = words or told.get((base, name), [])
        if not words and number > 0 and lines[number - 1].startswith("    using "):
            words = told.get("line above", [])
        told["line above"] = told[base, name] = words
        members = [re.sub(rf"\b{base}\(", own_name + "(", each) if name == base else each for each in taken(base, name)]
        if not members:
            raise LookupError(f"using {using[1]}::{name}: {base} has no such member that this script can find")
        for place, member in enumerate(members):
            if place > 0 or not words_above(lines, number):
                yield from words
            yield "    " + member


def main():
    lines = pathlib.Path(sys.argv[1]).read_text().splitlines()
    for line in expanded(lines):
        print(with_headings(line))


if __name__ == "__main__":
    main()
