"""Text to word tokens and back, in any script.

Tokens are of three kinds, and cover all of a text but its white space:

- a *word*: letters, marks, numerals, connectors ("_") and invisible format characters (joiners, say);
  between two of them may stand an apostrophe, a middle dot, a Hebrew geresh or gershayim, and in Hebrew a
  straight double quote: "don't", "l’eau", "5th", "MP3", "col·lecció", 'צה"ל';
- a *character* with its marks, in scripts that put no spaces between words: Han, kana, Bopomofo, Thai, Lao,
  Khmer, Burmese and others with Unicode's line breaking class SA, Tibetan, Javanese, Balinese;
- a punctuation mark or symbol with what belongs to it: a flag or a family of emoji is one token.

The last two are extended grapheme clusters. Source: Unicode Standard Annex 29.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

import regex

_UNSPACED = r"[\p{Han}\p{scx=Hira}\p{scx=Kana}\p{Bopo}\p{lb=SA}\p{Tibt}\p{Java}\p{Bali}〆]"
# ALetter adds the Armenian marks that stand inside of words: "Ո՞վ".
_WORD = rf"[[\p{{L}}\p{{M}}\p{{N}}\p{{Pc}}\p{{Cf}}\p{{WB=ALetter}}]--{_UNSPACED}]"
_INNER = r"""(?:['’·\u05f3\u05f4]|(?<=\p{Hebrew})"(?=\p{Hebrew}))"""
_FLAG = r"\p{RI}{1,2}+[\p{M}\p{GCB=Extend}]*+"  # \X alone would count all indicators before, each time
TOKEN = regex.compile(
    r"(?V1)[A-Za-zß-öø-ÿ]++(?=[ .,?!])|[.,?!](?!\P{ASCII})"  # only for speed: usual cases of the next line
    rf"|{_WORD}++(?:{_INNER}{_WORD}++)*+|[\p{{M}}\p{{GCB=Extend}}]++|(?=[^\s\x1c-\x1f])(?:{_FLAG}|\X)"
)
_CHARACTER = regex.compile(rf"(?V1)[{_UNSPACED}&&[\p{{L}}\p{{M}}\p{{N}}]]")
_WRITING = regex.compile(
    r"(?V1)(?P<kana>[[\p{scx=Hira}\p{scx=Kana}]&&\p{L}])|(?P<Han>\p{Han})|(?P<Korean>\p{Hangul}+)"
    rf"|(?P<unspaced>[{_UNSPACED}&&\p{{L}}])|(?P<spaced>[[\p{{L}}\p{{M}}]--{_UNSPACED}]+)"
)
_INVISIBLE = regex.compile("[\u00ad\u061c\u200c-\u200f\u202a-\u202e\u2060-\u2069]")
_PUNCTUATION = regex.compile(r"[\p{P}\p{Sk}\p{Cf}]+")

_JOINING = frozenset("-/\u2010\u2011\u05be")  # hyphens and slash: no space on either side
_APART = frozenset("&*@\\§¶†‡•")  # the punctuation that has a space on both sides
_OPENING = frozenset("¿¡#")  # no space after, as after brackets and quotes that open
_CURRENCY = frozenset("$€£")  # attached to its amount: "$5" or "5€"
# Each mark's family, whose marks open and close in turn: "a", “a”, „a“, ”a”, «a», »a«.
_QUOTES = {'"': '"', "'": "'", "“": "“", "”": "“", "„": "“", "«": "«", "»": "«"}
_DECIMAL = frozenset(".,:\u066b")  # inside numbers: 3.5, 1,000, 10:30; in Arabic another sign


def tokenize(text: str, keep_case: bool = False) -> list[str]:
    """Split text into words, characters and punctuation marks, none of which holds white space.

    The text is brought into Unicode's composed form first, so that "é" is one letter however it was typed.

    Args: keep_case: whether capital letters stay; otherwise the tokens are lower-cased.
    """
    return TOKEN.findall(unicodedata.normalize("NFC", text if keep_case else text.lower()))


def plain(text: str) -> str:
    """Return one spelling of each word: apostrophes straight, and no invisible format characters."""
    return _INVISIBLE.sub("", text.replace("’", "'"))


def normalize(text: str) -> str:
    """Return a text's words and symbols, joined by spaces: case and punctuation then make no difference.

    Where there is nothing else, punctuation stays. The Turkish capital İ counts as that of i.
    """
    tokens = tokenize(text)
    kept = [token for token in tokens if token[0].isalnum() or not _PUNCTUATION.fullmatch(token)]
    return plain(" ".join(kept or tokens)).casefold().replace("i\u0307", "i")


def length_in_words(text: str) -> float:
    """Estimate how many words a text has, punctuation marks included, to compare texts across languages.

    Where no spaces divide words, two characters of Han or kana, or four of another script, count as one.
    """
    return sum(
        1.0 if not _CHARACTER.match(token) else 0.5 if unicodedata.east_asian_width(token[0]) == "W" else 0.25
        for token in tokenize(text)
    )


def writing(texts: Iterable[str]) -> str:
    """Tell how most of the texts are written.

    Returns: "Chinese", "Japanese" (Han and kana) or "Korean"; "unspaced" for other scripts that put no spaces
        between words; "spaced" for all the rest.
    """
    found = Counter(match.lastgroup for text in texts for match in _WRITING.finditer(text))
    east = "Japanese" if 5 * found["kana"] > found["Han"] else "Chinese"
    found[east] = found.pop("Han", 0) + found.pop("kana", 0)
    return max(("spaced", east, "Korean", "unspaced"), key=found.__getitem__)


def detokenize(tokens: Sequence[str]) -> str:
    """Join tokens into text, so that `tokenize(detokenize(tokens)) == tokens` where they are lower-cased.

    The spacing is that of print: no space before closing punctuation, after opening punctuation, beside a
    hyphen or slash, or inside a number. Quotes open and close in turn; a single one belongs to the word
    before it ("the boys'"). Characters of scripts without spaces have none between them; in a sentence mostly
    of these, only two words of other scripts have.

    Args: tokens: word tokens as `tokenize` gives them; any other string is treated as a word.
    """
    roles, split = _roles(tokens), partial(tokenize, keep_case=True)
    parts = list(tokens[:1])
    for i, token in enumerate(tokens[1:], start=1):
        touch = roles[i - 1] in "(-" or roles[i] in ")-" or roles[i - 1] == roles[i] == "c"
        before = "".join(parts[-3:])
        # A space stays where the tokens would not come apart without it.
        if not (touch or _inside_number(tokens, i)) or split(before + token) != split(f"{before} {token}"):
            parts.append(" ")
        parts.append(token)
    return "".join(parts)


def _roles(tokens: Sequence[str]) -> list[str]:
    """Name each token's role in spacing.

    "(" opens, ")" closes, "-" joins both sides, "c" is a character of a script without spaces, "w" a word.
    """
    words = [token[0].isalnum() and not _CHARACTER.match(token) for token in tokens]
    if sum(_CHARACTER.match(token) is not None for token in tokens) > sum(words):
        return ["w" if is_word else "-" for is_word in words]
    left = Counter(_QUOTES.get(token) for token in tokens)
    is_open = dict.fromkeys(left, False)
    roles: list[str] = []
    for i, token in enumerate(tokens):
        role, category = "w", unicodedata.category(token[0])
        if family := _QUOTES.get(token):
            left[family] -= 1
            # A quote opens only where a later one can close it, or if it has no other use.
            is_open[family] = not is_open[family] and (left[family] > 0 or category in ("Pi", "Ps"))
            role = "(" if is_open[family] else ")"
        elif token in _JOINING:
            # Anywhere but after a word, a hyphen is the dash that opens a speaker's line.
            role = "-" if roles and roles[-1] == "w" else "("
        elif token in _CURRENCY:
            role = "(" if i + 1 < len(tokens) and tokens[i + 1].isdigit() else ")"
        elif _CHARACTER.match(token):
            role = "c"
        elif token in _OPENING or category in ("Pi", "Ps"):
            role = "("
        elif token == "°" or (category in ("Pe", "Pf", "Po") and token not in _APART):
            role = ")"
        roles.append(role)
    return roles


def _inside_number(tokens: Sequence[str], i: int) -> bool:
    """Tell whether token i continues a number, after a point, a colon, or a comma that marks thousands."""
    if i < 2 or tokens[i - 1] not in _DECIMAL or not (tokens[i - 2].isdigit() and tokens[i][0].isdigit()):
        return False
    return tokens[i - 1] != "," or len(tokens[i]) == 3
