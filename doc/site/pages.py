# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""How pages in Markdown are read: their headings, links and blocks of code."""

import re
from typing import NamedTuple

FENCE = re.compile(r"^```([\w+-]*)[ ]*([^\n`]*)\n(.*?)^```[ ]*$\n?", re.MULTILINE | re.DOTALL)


class block(NamedTuple):
    language: str
    note: str  # what follows the language: a source
    code: str
    line: int


def blocks(text):
    return [block(found[1], found[2].strip(), found[3], text.count("\n", 0, found.start()) + 1)
            for found in FENCE.finditer(text)]


def placeholder(number):
    return f"weft-block-{number}-"


def without_blocks(text):
    """The text with a placeholder for each block of code, and the blocks."""
    found = blocks(text)
    numbers = iter(range(len(found)))
    return FENCE.sub(lambda _: f"\n{placeholder(next(numbers))}\n\n", text), found


def title(path):
    for line in path.read_text().splitlines():
        if line.startswith("# "):
            return line[2:].replace("`", "")
    raise ValueError(f"{path} has no title")


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(text):
    text, _ = without_blocks(text)
    found = set()
    for heading in re.findall(r"^#{1,6} (.+?)\s*$", text, re.MULTILINE):
        name, count = slug(heading), 0
        while name in found:
            count += 1
            name = f"{slug(heading)}-{count}"
        found.add(name)
    return found


def links(text):
    """(line, target) of each link and picture; not those within code."""
    text = FENCE.sub(lambda found: "\n" * found[0].count("\n"), text)
    text = re.sub(r"^(    |\t).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", lambda found: "x" * len(found[0]), text)
    for found in re.finditer(r"\[(?:[^\[\]]|\[[^\]]*\]|\n)*\]\(([^()\s]+)\)", text):
        yield text.count("\n", 0, found.start(1)) + 1, found[1]
