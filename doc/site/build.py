#!/usr/bin/env python3
# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

"""usage: build.py <folder to write to>

Makes one static site of the pages (README.md, CONTRIBUTING.md, CHANGELOG.md, doc/) and of the reference, which doxygen takes
from the declarations. Fails on a public name without documentation, on each warning of doxygen's, and on a link of the site
that leads nowhere. Needs doxygen, python3-markdown and python3-pygments.
"""

import html
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import markdown
import pygments
import pygments.formatters
import pygments.lexers

sys.dont_write_bytecode = True
import pages  # noqa: E402
import reference_filter  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Bases of public classes: their members are the public classes' too.
PUBLIC_BASES = """
    io/detail/bindable_object.hpp io/detail/connected_object.hpp io/detail/io_object.hpp io/detail/socket_object.hpp
    sync/detail/basic_future.hpp sync/detail/queue_operations.hpp sync/detail/status_channel.hpp
""".split()

# What doxygen 1.9.4 says about correct C++20.
NOT_OURS = [
    "Internal inconsistency: scope for class boost::asio::async_result<",
    "documented symbol 'constexpr bool std::ranges::enable_view<",
    "Detected potential recursive class relation",
]

SECTIONS = [
    ("Guide", ["README.md", "doc/tour.md", "doc/choosing.md", "doc/io.md", "doc/cancellation.md", "doc/threads.md", "doc/stacks.md",
               "doc/overflow.md", "doc/testing.md", "doc/debugging.md", "doc/hazards.md"]),
    ("Moving over", ["doc/from_boost_fiber.md", "doc/from_asio.md"]),
    ("The project", ["doc/architecture.md", "doc/benchmarks.md", "doc/benchmarks/report.md", "doc/lineage.md", "CHANGELOG.md", "CONTRIBUTING.md"]),
]


def version():
    text = (ROOT / "include/weft/version.hpp").read_text()
    return re.search(r'WEFT_VERSION_STRING "([^"]+)"', text).group(1)


def write_reference(out):
    """Runs doxygen; returns what it has to say."""
    headers = sorted(path for path in (ROOT / "include").rglob("*.hpp") if "detail" not in path.parts)
    headers += [path for path in (ROOT / "include/weft" / each for each in PUBLIC_BASES) if path.exists()]
    for path in headers:
        list(reference_filter.expanded(path.read_text().splitlines()))  # doxygen would not mind that its filter fails
    layout = subprocess.run(["doxygen", "-l", "-"], check=True, capture_output=True, text=True).stdout
    layout = layout.replace('<tab type="mainpage"', '<tab type="user" url="../index.html" title="Guide"/>\n    <tab type="mainpage"')
    layout = re.sub(r'<tab type="(mainpage|pages|modules|examples)" visible="yes"', r'<tab type="\1" visible="no"', layout)
    (out / "layout.xml").write_text(layout)
    environment = dict(os.environ, WEFT_ROOT=str(ROOT), WEFT_VERSION=version(), WEFT_INPUT=" ".join(map(str, headers)))
    subprocess.run(["doxygen", str(ROOT / "doc/site/Doxyfile")], cwd=out, env=environment, check=True)
    said = [line for line in (out / "warnings").read_text().splitlines() if line.strip()]
    return [line.replace(f"{ROOT}/", "") for line in said if not any(known in line for known in NOT_OURS)]


def names_of_reference(out):
    """From a name as pages write it to its place in the reference."""
    places = {}
    for compound in ElementTree.parse(out / "xml/index.xml").getroot():
        name, page = compound.findtext("name"), compound.get("refid") + ".html"
        if "::detail" in name or not name.startswith("weft") or "<" in name:
            continue
        if compound.get("kind") in ("class", "struct", "concept"):
            places[name.removeprefix("weft::")] = page
        elif compound.get("kind") == "namespace":
            for member in compound.findall("member"):
                called = (name + "::" + member.findtext("name")).removeprefix("weft::")
                refid = member.get("refid")
                places.setdefault(called, refid[:refid.rindex("_1")] + ".html#" + refid[refid.rindex("_1") + 2:])
    return places


def formatter():
    return pygments.formatters.HtmlFormatter(style="friendly")


def highlight(code, language):
    try:
        lexer = pygments.lexers.get_lexer_by_name(language or "text")
    except pygments.util.ClassNotFound:
        lexer = pygments.lexers.TextLexer()
    return pygments.highlight(code, lexer, formatter())


class site:
    def __init__(self, out, names):
        self.out = out
        self.names = names
        self.decisions = sorted((ROOT / "doc/decisions").glob("*.md"))
        self.shown = [ROOT / name for _, some in SECTIONS for name in some if (ROOT / name).exists()] + self.decisions
        self.titles = {path: pages.title(path) for path in self.shown}

    def target(self, path):
        """The file of the site for one of the repository, or None if it is not a part of it."""
        if path == ROOT / "README.md":
            return "index.html"
        name = path.relative_to(ROOT)
        if path in self.shown:
            return str(name.with_suffix(".html"))
        if path.suffix in (".svg", ".png"):
            return str(name)
        if path.is_file():
            return f"source/{name}.html"
        if path == ROOT / "doc/decisions":
            return "doc/decisions/index.html"
        return None

    def link(self, here, match):
        before, url, after = match.groups()
        if re.match(r"[a-z]+:", url):
            return match.group(0)
        file, _, anchor = html.unescape(url).partition("#")
        path = (here.parent / file).resolve() if file else here
        to = self.target(path)
        if to is None:
            return f"{before}#{after}"
        if to.startswith("source/"):
            self.write_source(path)
        elif path.suffix in (".svg", ".png"):
            (self.out / to).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, self.out / to)
        return before + self.relative(here, to) + (f"#{anchor}" if anchor else "") + after

    def relative(self, here, to):
        return os.path.relpath(to, os.path.dirname(self.target(here)) or ".")

    def write_source(self, path):
        to = self.out / f"source/{path.relative_to(ROOT)}.html"
        to.parent.mkdir(parents=True, exist_ok=True)
        language = {".cpp": "cpp", ".hpp": "cpp", ".py": "python", ".cmake": "cmake"}.get(path.suffix, "text")
        style = os.path.relpath(self.out / "weft.css", to.parent)
        to.write_text(f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{path.name}</title>"
                      f'<link rel=stylesheet href="{style}"><main><h1>{path.relative_to(ROOT)}</h1>'
                      f"{highlight(path.read_text(), language)}</main></html>\n")

    def navigation(self, here):
        def item(path):
            mark = ' class="here"' if path == here else ""
            return f'<li{mark}><a href="{self.relative(here, self.target(path))}">{html.escape(self.titles[path])}</a></li>'

        parts = []
        for heading, some in SECTIONS:
            items = "".join(item(ROOT / name) for name in some if (ROOT / name).exists())
            parts.append(f"<h2>{heading}</h2><ul>{items}</ul>")
        reference = self.relative(here, "reference/annotated.html")
        parts.insert(2, f'<h2>Reference</h2><ul><li><a href="{reference}">Classes</a></li>'
                        f'<li><a href="{self.relative(here, "reference/namespaceweft.html")}">Functions</a></li></ul>')
        parts.append(f'<h2><a href="{self.relative(here, "doc/decisions/index.html")}">Decisions</a></h2>')
        return "".join(parts)

    def name_link(self, here, match):
        code = html.unescape(match.group(1))
        place = self.names.get(re.sub(r"^weft::|[<({].*$", "", code, flags=re.DOTALL))
        if place is None:
            return match.group(0)
        return f'<a class="name" href="{self.relative(here, "reference/" + place)}">{match.group(0)}</a>'

    def body(self, here):
        text, blocks = pages.without_blocks(here.read_text())
        body = markdown.markdown(text, extensions=["tables", "toc", "sane_lists"],
                                 extension_configs={"toc": {"slugify": lambda value, _: pages.slug(value)}})
        body = re.sub(r"(<(?:a|img)\b[^>]*\b(?:href|src)=\")([^\"]*)(\")", lambda found: self.link(here, found), body)
        # Not within links, headings and blocks.
        pieces = re.split(r"(<a\b.*?</a>|<h\d.*?</h\d>|<pre.*?</pre>)", body, flags=re.DOTALL)
        body = "".join(piece if number % 2 else
                       re.sub(r"<code>([^<]*)</code>", lambda found: self.name_link(here, found), piece)
                       for number, piece in enumerate(pieces))
        for number, block in enumerate(blocks):
            body = body.replace(f"<p>{pages.placeholder(number)}</p>", highlight(block.code, block.language))
        return body

    def write_page(self, here, title, body):
        to = self.out / self.target(here)
        to.parent.mkdir(parents=True, exist_ok=True)
        name = title if title == "weft" else f"{title} - weft"
        to.write_text(f"<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><title>{html.escape(name)}</title>"
                      f'<meta name=viewport content="width=device-width, initial-scale=1">'
                      f'<link rel=stylesheet href="{self.relative(here, "weft.css")}"></head>\n'
                      f"<body><nav>{self.navigation(here)}</nav>\n<main>\n{body}\n</main></body></html>\n")

    def write(self):
        style = (ROOT / "doc/site/weft.css").read_text() + formatter().get_style_defs(".highlight")
        (self.out / "weft.css").write_text(style + "\n")
        for here in self.shown:
            self.write_page(here, self.titles[here], self.body(here))
        items = "".join(f'<li><a href="{path.stem}.html">{html.escape(self.titles[path])}</a></li>' for path in self.decisions)
        self.write_page(ROOT / "doc/decisions", "Decisions", f'<h1>Decisions</h1><ul class="plain">{items}</ul>')


class links_of(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.ids = [], {""}
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        for key, value in attributes:
            if key in ("href", "src") and tag in ("a", "img", "link"):
                self.links.append(value or "")
            elif key == "id" or (key == "name" and tag == "a"):
                self.ids.add(value)


def dead_links(out):
    """Of the pages; those within the reference are doxygen's own affair, but for the places that pages link to."""
    seen = {}

    def look(path):
        if path not in seen:
            seen[path] = links_of(path)
        return seen[path]

    for path in sorted(out.rglob("*.html")):
        if "reference" in path.relative_to(out).parts:
            continue
        for link in look(path).links:
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            to = (path.parent / file).resolve() if file else path
            if not to.is_file():
                yield f"{path.relative_to(out)}: {link} leads nowhere"
            elif to.suffix == ".html" and anchor not in look(to).ids:
                yield f"{path.relative_to(out)}: {link}: no such place in that page"


def main():
    out = pathlib.Path(sys.argv[1]).resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    complaints = write_reference(out)
    told = {ROOT / name for _, some in SECTIONS for name in some}
    complaints += [f"{page.relative_to(ROOT)} is not in the navigation (SECTIONS in doc/site/build.py)"
                   for page in sorted((ROOT / "doc").glob("*.md")) if page not in told]
    check = [sys.executable, str(ROOT / "doc/site/check_reference.py"), str(out / "xml")]
    all_documented = subprocess.run(check, check=False).returncode == 0
    whole = site(out, names_of_reference(out))
    whole.write()
    complaints += dead_links(out)
    for name in ("xml", "layout.xml", "warnings"):
        path = out / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for each in complaints:
        print(each)
    print(f"{len(whole.shown)} pages and the reference in {out}, {len(complaints)} complaints")
    return 0 if all_documented and not complaints else 1


if __name__ == "__main__":
    sys.exit(main())
