"""The corpora that the course comes with, by name."""

from collections.abc import Callable
from functools import partial

from lstm_lib.errors import UserError
from lstm_lib.text.corpus import Corpus
from lstm_lib.text.dates import dates_corpus
from lstm_lib.text.tatoeba import tatoeba_corpus, tatoeba_small_corpus

CORPORA: dict[str, Callable[[], Corpus]] = {
    "tatoeba-small": tatoeba_small_corpus,
    "tatoeba": tatoeba_corpus,
    "dates-fr": partial(dates_corpus, "French"),
    "dates-es": partial(dates_corpus, "Spanish"),
    "dates": partial(dates_corpus, "French"),
}


def load_corpus(name: str) -> Corpus:
    """Return the corpus of that name, always split in the same way.

    Raises: UserError where there is no such corpus, or it cannot be fetched.
    """
    if name not in CORPORA:
        raise UserError(f"there is no corpus named {name!r}; there are {', '.join(CORPORA)}")
    return CORPORA[name]()
