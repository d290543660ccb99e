"""Fonts for labels in any script: what the default font lacks is drawn with another one that is installed.

From version 3.11 on, matplotlib shapes text: Arabic letters join, Devanagari marks take their places, and
right-to-left words run from right to left.  Older versions draw one character after the other.
"""

import sys
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

from fontTools.unicodedata import script, script_name
from matplotlib import rcParams
from matplotlib.font_manager import (
    FontEntry,
    FontProperties,
    findfont,
    findSystemFonts,
    fontManager,
    get_font,
)
from matplotlib.ft2font import FT2Font

BOX, BOX_FONT = "□", "DejaVu Sans"  # which comes with matplotlib
MOST_NAMES = 5  # of scripts or characters in a message


def legible(labels: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return labels that matplotlib can draw without a warning, and the font families to draw them with.

    A box stands for each character that no installed font has.  One line on standard error then names the
    scripts, once in a process.
    """
    defaults = [*rcParams["font.family"], BOX_FONT]
    fonts = [get_font(findfont(FontProperties(family=[family]))) for family in defaults]
    lacking = {each for each in set("".join(labels)) if not any(draws(font, each) for font in fonts)}
    families, missing = find_fonts(frozenset(lacking))
    boxed = {
        each for each in missing if unicodedata.category(each) != "Cf"
    }  # format characters are invisible
    if names := sorted({name_of(each) for each in boxed}):
        say_once(f"{', '.join(names[:MOST_NAMES])}{', ...' * (len(names) > MOST_NAMES)}")
    signs = {ord(each): BOX if each in boxed else None for each in missing}
    return [label.translate(signs) for label in labels], [*defaults, *families]


@cache
def find_fonts(characters: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """Find few installed fonts that draw the characters together.

    Returns: the fonts, each as a family known to matplotlib by its file's path; the characters without one.
    """
    drawn, regular = {}, {}
    for path in sorted(findSystemFonts()) if characters else ():
        with suppress(RuntimeError, OSError):  # a file that cannot be read
            font = FT2Font(path)
            drawn[path] = {each for each in characters if draws(font, each)}
            regular[path] = not font.style_flags
    families: list[str] = []
    while any(drawn[path] & characters for path in drawn):
        path = max(drawn, key=lambda path: (len(drawn[path] & characters), regular[path]))
        # Under this name no other weight or style is chosen, which might lack the characters.
        for weight in (400, 700):
            fontManager.ttflist.append(FontEntry(fname=path, name=path, weight=weight, size="scalable"))
        families.append(path)
        characters -= drawn[path]
    return families, characters


def draws(font: FT2Font, character: str) -> bool:
    """Return whether a font has a character, and not only as a picture in color, or as a stand-in for all."""
    if "LastResort" in font.family_name.replace(" ", "") or not font.scalable:
        return False
    if not font.get_char_index(ord(character)):
        return False
    return unicodedata.category(character)[0] in "CMZ" or font.load_char(ord(character)).width > 0


def name_of(character: str) -> str:
    """Return the name of a character's script, or its own name if many scripts share it, as an emoji."""
    name = script_name(script(character))
    own = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    return own if name in ("Common", "Inherited", "Unknown") else name


@cache
def say_once(names: str) -> None:
    """Print that these scripts or characters cannot be drawn."""
    message = "stands for each character; install a font for it, such as one of Google's Noto fonts"
    print(f"no font on this machine draws {names}: {BOX} {message}", file=sys.stderr)
