"""Small problems to try a recurrent layer on, and the cells to try."""

from functools import partial
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from course.shared.gradcheck import randomize
from lstm_lib.nn.dropout import RECURRENT_KINDS, RecurrentDropout
from lstm_lib.nn.gru import GRU
from lstm_lib.nn.layers import map_state
from lstm_lib.nn.lstm import LSTM
from lstm_lib.nn.recurrent import Recurrent
from lstm_lib.nn.rnn import RNN
from lstm_lib.nn.stacked import Bidirectional, BidirectionalState, Stacked

CELLS = {"rnn": RNN, "lstm": LSTM, "gru": GRU, "gru-reset-before": partial(GRU, reset_after=False)}


class Problem(NamedTuple):
    """Sizes, a mask and a seed for all the numbers."""

    batch: int
    steps: int
    input_size: int
    hidden_size: int
    mask: np.ndarray | None
    seed: int


@st.composite
def problems(draw, max_steps: int = 4) -> Problem:
    """Small problems whose masks are ragged, leave out whole sentences, or have holes."""
    batch, steps = draw(st.integers(1, 3)), draw(st.integers(1, max_steps))
    ragged = st.lists(st.integers(0, steps), min_size=batch, max_size=batch).map(
        lambda lengths: np.arange(steps) < np.array(lengths)[:, None]
    )
    row = st.lists(st.booleans(), min_size=steps, max_size=steps)
    holes = st.lists(row, min_size=batch, max_size=batch).map(np.array)
    sizes = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return Problem(batch, steps, *sizes, draw(ragged | holes | st.none()), draw(st.integers(0, 2**32 - 1)))


RAGGED = Problem(3, 4, 2, 2, np.arange(4) < np.array([[4], [2], [3]]), seed=0)  # where one example is enough


def recurrent_noises(name: str) -> tuple[str | None, ...]:
    """The kinds of recurrent dropout that a cell of `CELLS` takes."""
    return (None, *(kind for kind in RECURRENT_KINDS if name != "rnn" or kind != "candidate"))


def make_cell(name: str, problem: Problem, kind: str | None = None, dtype=np.float64, **options) -> Recurrent:
    """A cell of `CELLS` with random, non-zero parameters."""
    noise = None if kind is None else RecurrentDropout(kind, 0.4)
    rng = np.random.default_rng(problem.seed)
    sizes = problem.input_size, problem.hidden_size
    layer = CELLS[name](*sizes, rng, recurrent_dropout=noise, dtype=dtype, **options)
    randomize(layer.params, rng)
    return layer


def random_state(layer, batch: int, rng: np.random.Generator):
    """A state for any recurrent layer, simple or composite, of its parameters' dtype."""
    if isinstance(layer, Stacked):
        return tuple(random_state(part, batch, rng) for part in layer.layers)
    if isinstance(layer, Bidirectional):
        return BidirectionalState(*(random_state(part, batch, rng) for part in layer.directions.values()))
    return map_state(lambda part: rng.standard_normal(part.shape).astype(part.dtype), layer.zero_state(batch))
