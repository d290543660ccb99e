"""The check of the assembly: a translator of the student's own functions, trained to a given score."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from course.corpora.dates import dates_corpus
from course.shared import student as care
from course.shared.diagnosis import Verdict, tell
from course.shared.student import Student, Wrong
from lstm_lib.nn.attention import Attention
from lstm_lib.nn.layers import Embedding, Linear
from lstm_lib.nn.recurrent import Recurrent
from lstm_lib.seq2seq.model import Seq2Seq

SENTENCES, WANTED = 100, 80  # new dates, and how many of them should be right
SECONDS = 40.0  # of computing, to train; and as many again to translate
COMPUTING = ((Recurrent, "forward"), (Recurrent, "step"), (Seq2Seq, "__init__"), (Attention, "forward"))
COMPUTING += ((Linear, "forward"), (Embedding, "forward"), (Attention, "prepare"))
OWN = "lstm_lib computes here: the assembly is of your own functions"
MOST_SHOWN = 2  # wrong translations that the verdict quotes

Texts = list[tuple[str, str]]


def assembly_pairs(seed: int) -> tuple[Texts, Texts]:
    """Return dates in English and Spanish, to learn from and to be tested on; none is in both."""
    corpus = dates_corpus("Spanish", train_size=1000, dev_size=0, test_size=SENTENCES // 2, seed=seed)
    return tuple([(pair.source, pair.target) for pair in part] for part in (corpus.train, corpus.test))


def check_assembly(student: Callable) -> Verdict:
    """Check a whole translator, train_translator(pairs) -> translate, translate(text) -> text.

    Args: student: takes 2,000 pairs of texts, source first, and returns a function that translates a text.
        It has 40 seconds of computing, and layers and models of the library do not compute for it.
    """
    return tell(lambda: _right_or_wrong(student))


def _right_or_wrong(student: Callable) -> str:
    """Say why a translator is right.  Raises: Wrong: it is not."""
    learn_from, test = assembly_pairs(seed=1)
    with mock.patch.object(care, "SECONDS", SECONDS), on_its_own():
        trainer = Student(student)
        translate = trainer(learn_from)
        if not callable(translate):
            kind = type(translate).__name__
            raise Wrong(f"The function should return a function that translates a text, not {kind}.")
        translated = Student(lambda texts: [translate(text) for text in texts])
        written = translated([source for source, _ in test])
    return _told(written, test)


def _told(written: Sequence, test: Texts) -> str:
    """Say how many translations are right.  Raises: Wrong: too few are, or they are no texts."""
    if not all(isinstance(text, str) for text in written):
        raise Wrong("A translation should be a text, of words with spaces between them.")
    wrong = [(*pair, text) for pair, text in zip(test, written, strict=True) if pair[1] != text]
    right = len(test) - len(wrong)
    if right >= WANTED:
        return (
            f"Right: {right} of {len(test)} new dates have no wrong word, and your functions alone made them."
        )
    told = [f"Not yet: {right} of {len(test)} new dates are right, and {WANTED} are wanted."]
    told += [
        f"- {source}: {_beginning(text)!r}, not {wanted!r}" for source, wanted, text in wrong[:MOST_SHOWN]
    ]
    raise Wrong("\n".join(told))


def _beginning(text: str) -> str:
    """Return the beginning of a text."""
    return text if len(text) <= 80 else f"{text[:80]} ..."


@contextmanager
def on_its_own() -> Iterator[None]:
    """Let layers and models of the library raise a RuntimeError where they would compute."""

    def refuse(*arguments, **options):
        raise RuntimeError(OWN)

    patches = [mock.patch.object(owner, name, refuse) for owner, name in COMPUTING]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
