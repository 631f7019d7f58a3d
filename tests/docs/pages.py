# pages.py -- finds what the pages show: blocks of code, hidden preambles, files, links.
"""README.md, ARCHITECTURE.md and docs/ are Markdown; the words after a fence say what a block is.

  ```c          compiles by itself; with main() it is linked and run, and a block "```text output"
                after it is what it prints
  ```c view     statements inside a view, whose request is `req`
  ```c test     a Criterion program
  ```c a/b.c    any language: the file a/b.c of the page's app, which is built and started
  ```jinja      a template that parses

A comment "<!-- c … -->" holds declarations that the page's blocks after it begin with."""
import collections
import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CARAFE_BUILD", os.path.join(ROOT, "build"))

PIECE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<code>.*?)^```$|^<!-- c\n(?P<given>.*?)^-->$", re.S | re.M)

Block = collections.namedtuple("Block", "page line language word code preamble")


def pages():
    """Every page, by its path from the root."""
    manual = glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True)
    return ["README.md", "ARCHITECTURE.md"] + sorted(os.path.relpath(p, ROOT) for p in manual)


def text_of(page):
    with open(os.path.join(ROOT, page), encoding="utf-8") as f:
        return f.read()


def blocks_of(page):
    """The fenced blocks of a page, in order."""
    text, preamble, found = text_of(page), "", []
    for m in PIECE.finditer(text):
        line = text.count("\n", 0, m.start()) + 2
        if m.group("given") is not None:
            preamble += '#line %d "%s"\n%s' % (line, page, m.group("given"))
            continue
        language, _, word = m.group("info").partition(" ")
        found.append(Block(page, line, language, word.strip(), m.group("code"), preamble))
    return found


def is_file(block):
    return "." in block.word


def prose_of(page):
    """A page without its fenced blocks and comments."""
    return re.sub(r"<!--.*?-->", "", PIECE.sub("", text_of(page)), flags=re.S)
