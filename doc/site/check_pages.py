#!/usr/bin/env python3
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""usage: check_pages.py <source tree>

Fails where a page has a link to a file or heading that is not there, or code of unknown origin. Behind ```cpp stands the
source of the tree in which the lines of the block stand one after the other: it is built, and run by a test.
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True
import pages  # noqa: E402


def lines_of(code):
    """Without indentation in common, and without blank lines at the ends."""
    lines = [line.rstrip() for line in code.strip("\n").splitlines()]
    indentation = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return [line[indentation:] for line in lines]


def stands_in(code, source):
    wanted = lines_of(code)
    present = source.splitlines()
    return any(present[start].strip() == wanted[0].strip() and lines_of("\n".join(present[start:start + len(wanted)])) == wanted
               for start in range(len(present) - len(wanted) + 1))


def wrong_blocks(root, text):
    for block in pages.blocks(text):
        if block.language not in ("cpp", "c++"):
            continue
        source = root / block.note
        if not block.note:
            yield block.line, "```cpp names no source"
        elif not source.is_file():
            yield block.line, f"{block.note} does not exist"
        elif not stands_in(block.code, source.read_text()):
            yield block.line, f"the code does not stand in {block.note}"


def wrong_links(root, page, text):
    for line, link in pages.links(text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.is_relative_to(root) or not target.exists():
            yield line, f"{link} leads nowhere"
        elif anchor and anchor not in pages.anchors(target.read_text()):
            yield line, f"{link}: no such heading"


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    all_pages = sorted([*root.glob("*.md"), *(root / "doc").rglob("*.md")])
    wrong = 0
    for page in all_pages:
        text = page.read_text()
        for line, what in sorted([*wrong_blocks(root, text), *wrong_links(root, page, text)]):
            print(f"{page.relative_to(root)}:{line}: {what}")
            wrong += 1
    print(f"{len(all_pages)} pages, {wrong} faults")
    return 1 if wrong or not all_pages else 0


if __name__ == "__main__":
    sys.exit(main())
