"""What an explorer answers to a sentence that somebody types: its translation, and the unknown words."""

import html
import math
from collections.abc import Sequence

from lstm_lib.translator import Translation, Translator

MOST_WORDS = 25  # more do not fit into a picture


def translate(translator: Translator, text: str) -> tuple[Translation | None, list[str]]:
    """Return the best translation, None where there is nothing to read or too much, and the unknown words."""
    text = text[: 40 * MOST_WORDS]
    (translation, *_), *_ = translator.translate([text])
    read = len(translation.source_pieces) - 1  # without the end of sentence
    return translation if 1 <= read <= MOST_WORDS else None, translator.unknown(text)


def answer_html(translation: Translation | None, unknown: Sequence[str]) -> str:
    """Return what an explorer says, as HTML in which nothing that was typed is taken for HTML."""
    if translation is None:
        return f"Type a sentence of 1 to {MOST_WORDS} words."
    probability = f"probability {math.exp(translation.log_probability):.2f}"
    says = f"Translation: <b>{html.escape(translation.text)}</b> ({probability})"
    return f"{says}<br>{unknown_html(unknown)}" if unknown else says


def unknown_html(unknown: Sequence[str]) -> str:
    """Name each unknown word once; an empty text where there is none."""
    words = ", ".join(html.escape(word) for word in dict.fromkeys(unknown))
    return f"Not in the training data, so read as &lt;unk&gt;: {words}" if unknown else ""
