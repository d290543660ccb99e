"""Text to word tokens and back, for English, French and Spanish.

The tokens are lower-cased words (with inner apostrophes: "don't", "l'eau"), numbers, and single
punctuation marks.
"""

import re
import unicodedata
from collections.abc import Sequence

TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]")

_OPENING = frozenset("¿¡([{«“\u2018#")  # no space after
_CLOSING = frozenset(".,!?;:)]}»”…%°")  # no space before
_JOINING = frozenset("-/")  # no space on either side
_CURRENCY = frozenset("$€£")  # attached to its amount: "$5" or "5€"
_QUOTES = frozenset("\"'")  # the same mark opens and closes, in turn
_DECIMAL = frozenset(".,:")  # inside numbers: 3.5, 1,000, 10:30


def tokenize(text: str, keep_case: bool = False) -> list[str]:
    """Split text into words, numbers and punctuation marks, none of which holds white space.

    The text is brought into Unicode's composed form first, so that "é" is one letter however it was typed.

    Args: keep_case: whether capital letters stay; otherwise all are lower-cased.
    """
    text = unicodedata.normalize("NFC", text).replace("’", "'")
    return TOKEN.findall(text if keep_case else text.lower())


def normalize(text: str) -> str:
    """Return a text's words and numbers, joined by spaces: case and punctuation then make no difference."""
    return " ".join(token for token in tokenize(text) if token[0].isalnum())


def detokenize(tokens: Sequence[str]) -> str:
    """Join tokens into text, still lower-cased, so that `tokenize(detokenize(tokens)) == tokens`.

    The spacing is that of print: no space before closing punctuation, after opening punctuation, beside a
    hyphen or slash, or inside a number. Straight quotes open and close in turn; a single one belongs to the
    word before it ("the boys'").

    Args:
        tokens: word tokens as `tokenize` gives them; any other string is treated as a word.
    """
    roles = _roles(tokens)
    parts: list[str] = []
    for i, token in enumerate(tokens):
        if i > 0 and roles[i - 1] not in "(-" and roles[i] not in ")-" and not _inside_number(tokens, i):
            parts.append(" ")
        parts.append(token)
    return "".join(parts)


def _roles(tokens: Sequence[str]) -> list[str]:
    """Name each token's role in spacing: "(" opens, ")" closes, "-" joins both sides, "w" is a word."""
    left = {quote: sum(token == quote for token in tokens) for quote in _QUOTES}
    is_open = dict.fromkeys(_QUOTES, False)
    roles = []
    for i, token in enumerate(tokens):
        role = "w"
        if token in _QUOTES:
            left[token] -= 1
            # A quote opens only where a later one can close it.
            is_open[token] = not is_open[token] and left[token] > 0
            role = "(" if is_open[token] else ")"
        elif token in _JOINING:
            # Anywhere but after a word, a hyphen is the dash that opens a speaker's line.
            role = "-" if roles and roles[-1] == "w" else "("
        elif token in _CURRENCY:
            role = "(" if i + 1 < len(tokens) and tokens[i + 1].isdigit() else ")"
        elif token in _OPENING:
            role = "("
        elif token in _CLOSING:
            role = ")"
        roles.append(role)
    return roles


def _inside_number(tokens: Sequence[str], i: int) -> bool:
    """Tell whether token i continues a number, after a point, a colon, or a comma that marks thousands."""
    if i < 2 or tokens[i - 1] not in _DECIMAL or not (tokens[i - 2].isdigit() and tokens[i].isdigit()):
        return False
    return tokens[i - 1] != "," or len(tokens[i]) == 3
