#!/usr/bin/env python3
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""usage: report.py [--check] <folder>

Writes report.md and the pictures in a folder from the raw figures in it: bench.json (what `weft_bench --json` writes),
machine.json (what `report.py --machine` prints), and latency.txt (what the demo prints), if that is there. With --check it
writes nothing, and fails where what is there differs. Pictures are SVG; where rsvg-convert is installed, PNG as well.

       report.py --machine <build folder> <command of the run>

Prints what the figures were measured on.
"""

import html
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys

SYSTEMS = {  # in the order of columns; those that all colours of sight tell apart
    "weft": "#000000", "weft-inline": "#7f7f7f", "raw": "#b0b0b0", "boost.fiber": "#d55e00", "asio.callback": "#56b4e9",
    "asio.spawn": "#0072b2", "asio.awaitable": "#5555cc", "std.thread": "#b8860b", "go": "#009e73", "tokio": "#cc79a7",
}
OTHERS = "#999933"
SUMMARY = ["yield/2", "yield/1000", "spawn_join/1", "spawn_join/1000", "skynet/post", "mutex/uncontended", "queue/pingpong",
           "queue/stream", "timer/arm_cancel", "wake/cross_thread", "echo/1", "echo/100"]
SUMMARY_SYSTEMS = ["boost.fiber", "asio.callback", "asio.awaitable", "go", "tokio"]


class case:
    def __init__(self, name, unit):
        self.name, self.unit, self.rows = name, unit, {}

    def ratio(self, system):
        """To weft: of the medians, and the least and the largest that the repetitions leave possible."""
        base, other = self.rows["weft"], self.rows[system]
        if not base["min"] or not base["median"]:
            return None
        return other["median"] / base["median"], other["min"] / base["max"], other["max"] / base["min"]


def cases_of(figures):
    found = {}
    for row in figures:
        found.setdefault(row["case"], case(row["case"], row["unit"])).rows[row["system"]] = row
    return [each for each in found.values() if "weft" in each.rows]


def number(value):
    if value == 0:
        return "0"
    if value >= 1000:
        return f"{value:,.0f}"
    size = abs(value)
    return f"{value:.{max(0, 2 - int(math.floor(math.log10(size))))}f}" if size < 100 else f"{value:.0f}"


# ---- tables

def cell(one, system):
    if system not in one.rows:
        return "–"
    ratio = one.ratio(system)
    if ratio is None:
        return number(one.rows[system]["median"]) + " " + one.unit
    text = f"{number(ratio[0])} ({number(ratio[1])}–{number(ratio[2])})"
    return f"**{text}**" if ratio[0] < 1 else text


def table(cases, systems):
    yield "| case | weft | " + " | ".join(systems) + " |"
    yield "|---|---|" + "---|" * len(systems)
    for one in cases:
        own = one.rows["weft"]
        figures = f"{number(own['median'])} {one.unit} ({number(own['min'])}–{number(own['max'])})"
        yield f"| `{one.name}` | {figures} | " + " | ".join(cell(one, system) for system in systems) + " |"


def targets(cases):
    """A row for each target whose systems took part."""
    for one in cases:
        for system, own in one.rows.items():
            for wanted in own.get("targets", ()):
                limit, against = wanted["at_most"], wanted.get("against")
                if against not in (None, *one.rows):
                    continue
                if against:
                    other = one.rows[against]
                    figures = own["median"] / other["median"], own["min"] / other["max"], own["max"] / other["min"]
                else:
                    figures = own["median"], own["min"], own["max"]
                name = f"`{one.name}`" + (f", {system}" if system != "weft" else "")
                unit = f"× {against}" if against else one.unit
                verdict = "met" if figures[0] <= limit else "**missed**"
                yield f"| {name} | {number(limit)} {unit} | {number(figures[0])} ({number(figures[1])}–{number(figures[2])}) | {verdict} |"


def report(cases, machine, latencies):
    present = {system for one in cases for system in one.rows}
    known = [system for system in SYSTEMS if system in present and system != "weft"]
    others = sorted(present - set(SYSTEMS))
    yield "# Figures of one run"
    yield ""
    yield "Written by `./dev bench --report` from the raw figures beside it: [bench.json](bench.json), [machine.json](machine.json)" + \
          (", [latency.txt](latency.txt)" if latencies else "") + ". What they mean, and why targets are missed: [benchmarks](../benchmarks.md)."
    yield ""
    for key, value in machine.items():
        yield f"- {key}: {value}"
    yield ""
    yield "weft's column is the median of the repetitions, with the least and the largest. The others are ratios to weft's median, in brackets what"
    yield "least and largest figures of both leave possible. Less is better in each unit, so a ratio above 1 is a system that is slower, or larger, than"
    yield "weft; **bold** is one that is better. Where weft's figure is 0 the other's is given."
    yield ""
    yield "![Ratios to weft](ratios.svg)"
    yield ""
    yield from table(cases, known)
    special = [one for one in cases if any(system in one.rows for system in others)]
    if special:
        yield ""
        yield "Systems that take part in some cases only:"
        yield ""
        yield "| case | system | ratio to weft |"
        yield "|---|---|---|"
        for one in special:
            for system in others:
                if system in one.rows:
                    yield f"| `{one.name}` | {system} | {cell(one, system)} |"
    judged = list(targets(cases))
    if judged:
        yield ""
        yield "## Targets"
        yield ""
        yield "What weft is held to: a multiple of another system's figure, or a figure. Met or missed by the medians; in brackets what least and largest"
        yield "figures leave possible."
        yield ""
        yield "| case | at most | is | |"
        yield "|---|---|---|---|"
        yield from judged
    if any(one.unit == "bytes" for one in cases):
        yield ""
        yield "## Memory"
        yield ""
        yield "![Bytes](memory.svg)"
    if latencies:
        yield ""
        yield "## Latency under load"
        yield ""
        yield "![Latencies](latency.svg)"
        yield ""
        yield f"`./dev demo`: {latencies['load']}."
        yield ""
        yield "| server | requests/s | p50 ms | p99 ms | p99.9 ms | CPU µs a request | memory MiB |"
        yield "|---|---|---|---|---|---|---|"
        for row in latencies["rows"]:
            yield f"| {row['server']} | " + " | ".join(row["cells"]) + " |"


def latencies_of(path):
    """From the demo's table."""
    if not path.is_file():
        return None
    lines = path.read_text().splitlines()
    rows = []
    for line in lines:
        found = re.match(r"(\S.*?)\s{2,}([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)$", line)
        if found:
            rows.append({"server": found[1], "cells": found.groups()[1:], "percentiles": [float(found[i]) for i in (3, 4, 5)]})
    return {"load": next(line for line in lines if " connections, " in line), "rows": rows} if rows else None


# ---- pictures

class picture:
    def __init__(self, width, height):
        self.width, self.height, self.parts = width, height, []

    def text(self, x, y, what, size=13, anchor="start", colour="#222222"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}">'
                          f"{html.escape(what)}</text>")

    def line(self, x1, y1, x2, y2, colour="#dddddd", width=1):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                          f'stroke-width="{width}"/>')

    def dot(self, x, y, colour):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')

    def bar(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>')

    def svg(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
                f'viewBox="0 0 {self.width} {self.height}" font-family="DejaVu Sans, Verdana, sans-serif">\n'
                f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def legend(drawn, systems, x, y):
    for system in systems:
        drawn.dot(x, y - 4, SYSTEMS.get(system, OTHERS))
        drawn.text(x + 10, y, system)
        x += 28 + 7.6 * len(system)


def ratios(cases, systems, heading):
    """A row for each case, a dot for each system with a line from the least to the largest ratio; logarithmic."""
    cases = [one for one in cases if any(system in one.rows and one.ratio(system) for system in systems)]
    used = [system for system in systems if any(system in one.rows for one in cases)]
    left, top, row, width = 215, 74, 26, 900
    drawn = picture(width, top + row * len(cases) + 44)
    points = [ratio for one in cases for system in used if system in one.rows and (ratio := one.ratio(system))]
    low = math.floor(math.log10(min(0.5, *(least for _, least, _ in points if least > 0))))
    high = math.ceil(math.log10(max(2, *(largest for _, _, largest in points))))

    def across(ratio):
        share = (math.log10(max(ratio, 10 ** low)) - low) / (high - low)
        return left + share * (width - left - 30)

    drawn.text(16, 26, heading, 16)
    legend(drawn, used, 22, 52)
    bottom = top + row * len(cases)
    for power in range(low, high + 1):
        for factor in (1, 2, 5) if high - low < 3 else (1,):
            value = factor * 10 ** power
            if value <= 10 ** high:
                drawn.line(across(value), top, across(value), bottom)
                drawn.text(across(value), bottom + 16, f"{value:g}", 12, "middle", "#555555")
    drawn.line(across(1), top, across(1), bottom, "#000000", 1.5)
    drawn.text(across(1), bottom + 34, "1 = weft", 12, "middle")
    drawn.text(width - 30, bottom + 34, "slower than weft →", 12, "end", "#555555")
    drawn.text(left, bottom + 34, "← faster", 12, "start", "#555555")
    for place, one in enumerate(cases):
        y = top + row * (place + 0.5)
        drawn.text(left - 10, y + 4, one.name, 13, "end")
        shown = [system for system in used if system in one.rows and one.ratio(system)]
        for turn, system in enumerate(shown):
            middle, least, largest = one.ratio(system)
            off = y + (turn - (len(shown) - 1) / 2) * min(4.0, 20 / len(shown))
            drawn.line(across(least), off, across(largest), off, SYSTEMS.get(system, OTHERS), 2)
            drawn.dot(across(middle), off, SYSTEMS.get(system, OTHERS))
    return drawn.svg()


def bars(groups, heading, unit):
    """groups: (name, [(label, value, colour)])."""
    left, width, height = 215, 900, 20
    rows = sum(len(values) for _, values in groups)
    drawn = picture(width, 56 + rows * (height + 4) + 14 * len(groups))
    drawn.text(16, 26, f"{heading} ({unit})", 16)
    largest = max(value for _, values in groups for _, value, _ in values)
    y = 44
    for name, values in groups:
        for place, (label, value, colour) in enumerate(values):
            drawn.text(left - 10, y + 15, f"{name}, {label}" if name else label, 13, "end")
            length = max(1, (width - left - 110) * value / largest)
            drawn.bar(left, y, length, height, colour)
            drawn.text(left + length + 6, y + 15, number(value), 13)
            y += height + 4
        y += 14
    return drawn.svg()


def pictures(cases, latencies):
    yield "ratios.svg", ratios([one for one in cases if one.unit != "bytes"], [each for each in SYSTEMS if each != "weft"],
                               "Time, CPU and counts as multiples of weft's")
    chosen = [one for name in SUMMARY for one in cases if one.name == name]
    yield "summary.svg", ratios(chosen, SUMMARY_SYSTEMS, "Time as a multiple of weft's; the line is the spread")
    memory = [(one.name, [(system, row["median"], SYSTEMS.get(system, OTHERS)) for system, row in one.rows.items()])
              for one in cases if one.unit == "bytes"]
    if memory:
        yield "memory.svg", bars(memory, "Resident memory", "bytes")
    if latencies:
        colours = ["#56b4e9", "#0072b2", "#222222"]
        groups = [(row["server"], list(zip(("p50", "p99", "p99.9"), row["percentiles"], colours))) for row in latencies["rows"]]
        yield "latency.svg", bars(groups, "Latency of a request", "ms")


# ---- the machine

def first(pattern, text, otherwise="unknown"):
    found = re.search(pattern, text, re.MULTILINE)
    return found[1].strip() if found else otherwise


def said_by(*command):
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def print_machine(build, command):
    cache = (pathlib.Path(build) / "CMakeCache.txt").read_text()
    compiler = first(r"^CMAKE_CXX_COMPILER:\w+=(.*)", cache)
    boost = first(r"^Boost_DIR:PATH=.*?(\d+\.\d+\.\d+)", cache)
    machine = {
        "processor": first(r"^model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()),
        "cores": len(os.sched_getaffinity(0)),
        "load before the run": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "kernel": " ".join((os.uname().sysname, first(r"^(\d+\.\d+)", os.uname().release), os.uname().machine)),
        "compiler": (said_by(compiler, "--version").splitlines() or [compiler])[0],
        "build type": first(r"^CMAKE_BUILD_TYPE:\w+=(.*)", cache),
        "Boost": boost,
        "Go": first(r"(go\d\S*)", said_by("go", "version"), "none"),
        "Rust": first(r"rustc (\S+)", said_by("rustc", "--version"), "none"),
        "command": f"`{command}`",
    }
    print(json.dumps(machine, indent=4))


def main():
    if sys.argv[1] == "--machine":
        print_machine(sys.argv[2], sys.argv[3])
        return 0
    check = sys.argv[1] == "--check"
    folder = pathlib.Path(sys.argv[-1])
    cases = cases_of(json.loads((folder / "bench.json").read_text()))
    machine = json.loads((folder / "machine.json").read_text())
    latencies = latencies_of(folder / "latency.txt")
    written = {"report.md": "\n".join(report(cases, machine, latencies)) + "\n", **dict(pictures(cases, latencies))}
    different = [name for name, text in written.items() if not (folder / name).is_file() or (folder / name).read_text() != text]
    if check:
        for name in different:
            print(f"{folder / name} is not what {pathlib.Path(__file__).name} makes of the raw figures")
        return 1 if different else 0
    for name, text in written.items():
        (folder / name).write_text(text)
        if name.endswith(".svg") and shutil.which("rsvg-convert"):
            to = str(folder / name.replace(".svg", ".png"))
            subprocess.run(["rsvg-convert", "--zoom=2", "--output", to, str(folder / name)], check=True)
    print(f"{len(cases)} cases in {folder}/report.md, {len(written) - 1} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
