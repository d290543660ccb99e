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
from matplotlib import font_manager, rcParams
from matplotlib.ft2font import FT2Font

BOX, BOX_FONT = "□", "DejaVu Sans"  # which comes with matplotlib


def legible(labels: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return labels that matplotlib can draw without a warning, and the font families to draw them with.

    A box stands for each character that no installed font has.  One line on standard error then names the
    scripts, once in a process.
    """
    defaults = [*rcParams["font.family"], BOX_FONT]
    names = [font_manager.FontProperties(family=[family]) for family in defaults]
    fonts = [font_manager.get_font(font_manager.findfont(name)) for name in names]
    lacking = {each for each in set("".join(labels)) if not any(draws(font, each) for font in fonts)}
    families, missing = find_fonts(frozenset(lacking))
    boxes = {ord(each): None if unicodedata.category(each) == "Cf" else BOX for each in missing}
    if scripts := sorted({name_of(chr(code)) for code, box in boxes.items() if box}):
        say_once(", ".join(scripts))
    return [label.translate(boxes) for label in labels], [*defaults, *families]


@cache
def find_fonts(characters: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """Find few installed fonts that draw the characters together.

    Returns: the fonts, each as a family known to matplotlib by its file's path; the characters without one.
    """
    drawn, regular, families = {}, {}, []
    for path in sorted(font_manager.findSystemFonts()) if characters else ():
        with suppress(RuntimeError, OSError):  # a file that cannot be read
            font = FT2Font(path)
            drawn[path] = {each for each in characters if draws(font, each)}
            regular[path] = not font.style_flags
    while any(drawn[path] & characters for path in drawn):
        path = max(drawn, key=lambda path: (len(drawn[path] & characters), regular[path]))
        # Under this name no other weight or style is chosen, which might lack the characters.
        for weight in (400, 700):
            entry = font_manager.FontEntry(fname=path, name=path, weight=weight, size="scalable")
            font_manager.fontManager.ttflist.append(entry)
        families.append(path)
        characters -= drawn[path]
    return families, characters


def draws(font: FT2Font, character: str) -> bool:
    """Return whether a font has a character, as an outline: not in color, nor one stand-in for all."""
    if not font.scalable or "LastResort" in font.family_name.replace(" ", ""):
        return False
    found, blank = font.get_char_index(ord(character)) > 0, unicodedata.category(character)[0] in "CMZ"
    return found and (blank or font.load_char(ord(character)).width > 0)


def name_of(character: str) -> str:
    """Return the name of a character's script, or its own name if many scripts share it, as an emoji."""
    name = script_name(script(character))
    own = unicodedata.name(character, "").lower() or f"U+{ord(character):04X}"
    return own if name in ("Common", "Inherited", "Unknown") else name


@cache
def say_once(names: str) -> None:
    """Print that these scripts or characters cannot be drawn."""
    advice = "stands for each character; install a font for it, such as one of Google's Noto fonts"
    print(f"no font on this machine draws {names}: {BOX} {advice}", file=sys.stderr)
