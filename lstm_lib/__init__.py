"""LSTM sequence-to-sequence translation, written from scratch in NumPy.

    >>> import lstm_lib
    >>> translator = lstm_lib.Translator.load("tatoeba-small")  # the model that comes with the package
    >>> translator.best(["where is the train station?"])
    ['¿dónde está la estación de tren?']

Each name is imported when it is first asked for (PEP 562), so that `python -m lstm_lib` can make its own
environment before NumPy is there.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "lstm_lib.nn.attention": ("AdditiveAttention", "DotAttention", "GeneralAttention"),
    "lstm_lib.nn.gru": ("GRU",),
    "lstm_lib.nn.lstm": ("LSTM",),
    "lstm_lib.nn.stacked": ("Bidirectional", "Stacked"),
    "lstm_lib.nn.rnn": ("RNN",),
    "lstm_lib.recipe": ("Recipe",),
    "lstm_lib.runs": ("read_corpus", "train"),
    "lstm_lib.text.corpus": ("load_corpus",),
    "lstm_lib.seq2seq.model": ("ModelConfig", "Seq2Seq"),
    "lstm_lib.translator": ("Translation", "Translator"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str):
    """Import a public name from its module."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
