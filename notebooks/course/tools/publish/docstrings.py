"""Docstrings as reStructuredText: they are plain text, whose lines Sphinx would otherwise run together."""

import re
from collections.abc import Iterable, Iterator

SECTION = re.compile(r"(Args|Attributes|Raises|Returns): +(\S.*)")  # with its text on the same line
ITEM = re.compile(r"\w+(, \w+)*( \([^)]*\))?: ")  # "epochs: ", "dh, dc (B, H): "
CODE = re.compile(r"(`+)(.+?)\1")


def as_rst(lines: Iterable[str]) -> Iterator[str]:
    """Give the lines of a docstring for Sphinx: indented blocks stay as they are, sections become fields."""
    waiting = list(lines)
    before = ""  # the line above, "" at the beginning
    while waiting:
        line = waiting.pop(0)
        if section := SECTION.fullmatch(line):
            yield from field(section[1], [section[2], *rest_of_section(waiting)])
        elif line.startswith(" ") and not before.strip():
            yield from (".. code-block:: text", "", line, *indented(waiting), "")
        else:
            yield escaped(line)
        before = line


def rest_of_section(waiting: list[str]) -> Iterator[str]:
    """Take what belongs to a section from the front of the lines that wait, whether it is indented or not."""
    while waiting and waiting[0].strip() and not SECTION.fullmatch(waiting[0]):
        yield waiting.pop(0)


def indented(waiting: list[str]) -> Iterator[str]:
    """Take the indented lines from the front of those that wait."""
    while waiting and waiting[0].startswith(" "):
        yield waiting.pop(0)


def field(name: str, lines: Iterable[str]) -> Iterator[str]:
    """Give a section as a field, with one point per item."""
    items: list[str] = []
    for line in lines:
        if not items or (line.startswith(" ") and ITEM.match(line.strip())):
            items.append(line.strip())
        else:
            items[-1] += f" {line.strip()}"
    bullet = "- " if len(items) > 1 else ""
    yield f":{name}:"
    yield from (f"    {bullet}{escaped(item)}" for item in items)
    yield ""


def escaped(line: str) -> str:
    """Return a line in which a star multiplies, a bar bounds, and backquotes mark code."""
    parts = CODE.split(line)  # text, backquotes, code, text, ...
    for k, part in enumerate(parts):
        if k % 3 == 0:
            parts[k] = re.sub(r"([*|`]|_\b)", r"\\\1", part)
        elif k % 3 == 1:
            parts[k] = "\\ ``"
        else:
            parts[k] = f"{part}``\\ "
    return "".join(parts)
