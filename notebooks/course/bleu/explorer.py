"""The BLEU explorer: edit a translation and see which n-grams count, and what BLEU makes of them."""

import html
from typing import NamedTuple

import ipywidgets
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from course.bleu.ngrams import CLIPPED, MATCHED, ORDERS, ngram_states, plot_ngrams
from course.shared.style import quick_subplots
from course.shared.widgets import Explorer, build_explorer, sentence_line
from lstm_lib.text.metrics import BleuScore, bleu
from lstm_lib.text.vocabulary import SPECIAL_TOKENS, UNK

MOST_WORDS = 25  # more do not fit into the picture
MOST_CHARACTERS = 1000
BETWEEN = "|"  # parts several references
NO_WORD = "\ufdd0"  # no character, and no word; `bleu` puts it in the place of unknown words, too
HELP = (
    f"Type a translation and a reference of 1 to {MOST_WORDS} words each; {BETWEEN} parts several references."
)


class Anatomy(NamedTuple):
    """One sentence's BLEU and what it is made of."""

    hypothesis: list[str]  # tokens, as sacreBLEU sees them
    references: list[list[str]]
    states: list[list[str]]  # of each order's n-grams
    score: BleuScore


def bleu_explorer(hypothesis: str, reference: str) -> Explorer:
    """Build an explorer of a translation's n-grams, precisions, brevity penalty and BLEU.

    Args: hypothesis, reference: the texts to begin with.
    """
    look = {"width": "55em", "placeholder": "type, then press Enter"}
    lines = {
        "hypothesis": sentence_line(hypothesis, "translation", **look),
        "reference": sentence_line(reference, "reference", **look),
    }
    answer = ipywidgets.HTML()

    def draw(hypothesis: str, reference: str) -> None:
        anatomy = dissect(hypothesis, reference)
        answer.value = anatomy_html(anatomy)
        if anatomy is not None:
            draw_anatomy(anatomy)

    options = {"grows": True, "invitation": "edit the translation"}
    return build_explorer(draw, lines, [*lines, answer], 360, **options)


def dissect(hypothesis: str, reference: str) -> Anatomy | None:
    """Take one sentence's BLEU apart, as sacreBLEU computes it without regard to case.

    Args: hypothesis; reference: one or more, parted by BETWEEN.
    Returns: None where there is nothing to compare, or too much to draw.
    """
    if len(hypothesis) + len(reference) > MOST_CHARACTERS:
        return None
    texts = [text for text in reference.split(BETWEEN) if text.strip()]
    # As in `bleu`, an unknown word matches nothing, not even a reference in which somebody typed it.
    words = tokens(hypothesis.replace(SPECIAL_TOKENS[UNK], NO_WORD))
    others = [tokens(text) for text in texts]
    if not others or not all(1 <= len(some) <= MOST_WORDS for some in (words, *others)):
        return None
    states = [ngram_states(n, words, *others) for n in ORDERS]
    shown = [word.replace(NO_WORD, SPECIAL_TOKENS[UNK]) for word in words]
    return Anatomy(shown, others, states, bleu([hypothesis], [texts]))


def tokens(text: str) -> list[str]:
    """Return the tokens that sacreBLEU compares: words and punctuation marks, lower-cased."""
    return Tokenizer13a()(text.lower()).split()


def draw_anatomy(anatomy: Anatomy) -> None:
    """Draw a new figure of the n-grams."""
    ax = quick_subplots(1, 1, (11, 4.4), left=0.15, right=0.79, bottom=0.02, top=0.8)
    plot_ngrams(anatomy.hypothesis, *anatomy.references, ax=ax)


def anatomy_html(anatomy: Anatomy | None) -> str:
    """Return what the explorer says, as HTML in which nothing that was typed is taken for HTML."""
    if anatomy is None:
        return HELP
    references = f" <b>{BETWEEN}</b> ".join(html.escape(" ".join(some)) for some in anatomy.references)
    h, r = anatomy.score.hypothesis_length, anatomy.score.reference_length
    why = f"h = {h} is not below r = {r}" if h >= r else f"exp(1 − {r}/{h})"
    return (
        f"reference, in tokens: <code>{references}</code>{_table(anatomy)}"
        f"brevity penalty: {why}, so {anatomy.score.brevity_penalty:.3f}<br>{_result(anatomy)}"
    )


def _table(anatomy: Anatomy) -> str:
    """Counts and precisions, one column per order."""
    rows = {
        "": [f"{n}-grams" for n in ORDERS],
        "matched": [states.count(MATCHED) for states in anatomy.states],
        "clipped": [states.count(CLIPPED) for states in anatomy.states],
        "all": [len(states) for states in anatomy.states],
        "precision": [
            f"{p:.1f}{'*' if s else ''}"
            for p, s in zip(anatomy.score.precisions, _smoothed(anatomy), strict=True)
        ],
    }
    cells = "".join(
        f"<tr><th style='text-align: left'>{name}</th>"
        + "".join(f"<td style='text-align: right; padding-left: 2em'>{value}</td>" for value in values)
        + "</tr>"
        for name, values in rows.items()
    )
    return f"<table>{cells}</table>"


def _smoothed(anatomy: Anatomy) -> list[bool]:
    """Whether an order's precision is one that smoothing gave it."""
    return [
        MATCHED not in states and precision > 0
        for states, precision in zip(anatomy.states, anatomy.score.precisions, strict=True)
    ]


def _result(anatomy: Anatomy) -> str:
    score = anatomy.score
    says = f"<b>BLEU {score.score:.1f}</b>"
    if not anatomy.states[-1]:
        return f"{says}: a translation of fewer than {ORDERS[-1]} tokens has no {ORDERS[-1]}-grams"
    if MATCHED not in anatomy.states[0]:
        return f"{says}: no word matches"
    product = " × ".join(f"{precision:.1f}" for precision in score.precisions)
    star = "; * smoothed" if any(_smoothed(anatomy)) else ""
    return f"{says} = {score.brevity_penalty:.3f} × ({product})<sup>1/4</sup>{star}"
