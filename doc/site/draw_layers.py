#!/usr/bin/env python3
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""usage: draw_layers.py [--check] <source tree>

Draws doc/layers.svg from the sources: the layers, how large each is, and which includes files of which, by roughly how much.
With --check it writes nothing, and fails where what is there differs.
"""

import pathlib
import re
import sys

ORDER = ["log", "context", "fiber", "sync", "io", "tls", "debug"]
BOX, GAP, LEFT, TOP, HEIGHT = 96, 34, 20, 250, 58


def files_of(root, layer):
    return [path for top in ("include/weft", "lib") for path in sorted((root / top / layer).rglob("*.[ch]pp"))]


def look(root):
    """Lines of each layer, and how often the first of a pair includes a file of the second."""
    lines, uses = {}, {}
    for layer in ORDER:
        texts = [path.read_text() for path in files_of(root, layer)]
        lines[layer] = sum(text.count("\n") for text in texts)
        for used in re.findall(r"^#include <weft/(\w+)/", "".join(texts), re.MULTILINE):
            if used != layer:
                uses[layer, used] = uses.get((layer, used), 0) + 1
    return lines, uses


def size_of(lines):
    return f"{round(lines, -3):,} lines" if lines >= 1500 else "1,000 lines" if lines >= 700 else "500 lines"


def text(x, y, what, size=13, weight="normal", colour="#222222"):
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" text-anchor="middle" fill="{colour}">{what}</text>'


def draw(lines, uses):
    place = {layer: LEFT + BOX / 2 + number * (BOX + GAP) for number, layer in enumerate(ORDER)}
    width, height = LEFT * 2 + len(ORDER) * BOX + (len(ORDER) - 1) * GAP, TOP + HEIGHT + 46
    parts = []
    for (user, used), times in sorted(uses.items(), key=lambda use: -abs(place[use[0][0]] - place[use[0][1]])):
        start, end = place[user] - 14, place[used] + 14
        radius = abs(start - end) / 2
        rise = min(radius, TOP - 24)
        colour = "#b0b0b0" if used == "log" else "#0072b2"
        parts.append(f'<path d="M {start:.0f} {TOP} A {radius:.0f} {rise:.0f} 0 0 0 {end:.0f} {TOP - 6}" fill="none" stroke="{colour}" '
                     f'stroke-width="{1 if times < 5 else 2 if times < 30 else 3.5}" marker-end="url(#{"grey" if used == "log" else "blue"})"/>')
    for layer in ORDER:
        parts.append(f'<rect x="{place[layer] - BOX / 2:.0f}" y="{TOP}" width="{BOX}" height="{HEIGHT}" rx="6" fill="#f6f8fa" stroke="#57606a"/>')
        parts.append(text(place[layer], TOP + 25, layer, 15, "bold"))
        parts.append(text(place[layer], TOP + 45, size_of(lines[layer]), 11, colour="#555555"))
    parts.append(text(width / 2, TOP + HEIGHT + 30, "An arrow: uses. The thicker, the more files of it are included. Drawn from the sources.", 12, colour="#555555"))
    heads = "".join(f'<marker id="{name}" markerUnits="userSpaceOnUse" markerWidth="9" markerHeight="9" refX="4" refY="4" orient="auto">'
                    f'<path d="M 0 0 L 8 4 L 0 8 z" fill="{colour}"/></marker>' for name, colour in (("blue", "#0072b2"), ("grey", "#b0b0b0")))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="DejaVu Sans, Verdana, sans-serif">\n<defs>{heads}</defs>\n<rect width="100%" height="100%" fill="#ffffff"/>\n'
            + "\n".join(parts) + "\n</svg>\n")


def main():
    root = pathlib.Path(sys.argv[-1])
    picture, target = draw(*look(root)), root / "doc/layers.svg"
    if sys.argv[1] != "--check":
        target.write_text(picture)
    elif not target.is_file() or target.read_text() != picture:
        print("doc/layers.svg is not what doc/site/draw_layers.py makes of the sources: run it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
