"""The corpora that the course brings, by name: each is imported when it is asked for.

Only the standard library is imported here: the command line shows the names before anything is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from lstm_lib.errors import UserError

if TYPE_CHECKING:
    from lstm_lib.text.corpus import Corpus

CORPORA = {  # name: module, the function that makes the corpus, its arguments
    "tatoeba-small": ("course.corpora.tatoeba", "tatoeba_small_corpus"),
    "tatoeba": ("course.corpora.tatoeba", "tatoeba_corpus"),
    "dates-fr": ("course.corpora.dates", "dates_corpus", "French"),
    "dates-es": ("course.corpora.dates", "dates_corpus", "Spanish"),
    "dates": ("course.corpora.dates", "dates_corpus", "French"),
}


def load_corpus(name: str) -> Corpus:
    """Return the corpus of that name, always split in the same way.

    Raises: UserError where there is no such corpus, or it cannot be fetched.
    """
    if name not in CORPORA:
        raise UserError(f"there is no corpus named {name!r}; there are {', '.join(CORPORA)}")
    module, function, *arguments = CORPORA[name]
    return getattr(import_module(module), function)(*arguments)
