"""The bug hunt: an LSTM layer some of whose lines are wrong, and the check of a student's corrections.

The lines are those of `plain_lstm`.  A bug that is left is described by what it does to the gradients.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from course.lstm_cell import plain_lstm
from course.shared import gradcheck
from course.shared.diagnosis import Verdict, tell
from course.shared.equations import LSTM_ORDER, block
from course.shared.source import (
    Bug,
    corrections_of,
    finding_on,
    planted,
    source_of,
    where_it_stopped,
    with_lines,
)
from course.shared.student import SECONDS, TimeIsUp, Wrong, limited, untouched
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.lstm import LSTM, LSTMState

FILE = "<broken LSTM>"  # what tracebacks call it
NUM_BUGS = 3
BATCH, INPUT_SIZE, HIDDEN_SIZE = 3, 2, 2
STEPS = {1: "in a single step", 3: "over several steps, though not in a single one"}
AGREE = 1e-7  # relative
NO_LSTM = "every gradient is right, but the outputs are no longer those of an LSTM"
PRAISE = "every gradient agrees with the differences"

# What has been written, or could be, in place of a right line.  Each shows in some gradient.
WRONG_LINES: Mapping[str, Sequence[str]] = {
    "g = np.tanh(z_g)": ["g = sigmoid(z_g)"],
    "c_new = f * c + i * g": ["c_new = f * c + (1 - f) * g", "c_new = c + i * g"],
    "h_new = o * np.tanh(c_new)": ["h_new = o * np.tanh(c)", "h_new = o * c_new"],
    "dh = dh + dh_all[:, t]": ["dh = dh + dh_all[:, -1]", "dh = dh_all[:, t]"],
    "do = dh * np.tanh(c_new)": ["do = dh * c_new", "do = dh * np.tanh(c)"],
    "dc = dc + dh * o * (1 - np.tanh(c_new) ** 2)": [
        "dc = dh * o * (1 - np.tanh(c_new) ** 2)",
        "dc = dc + dh * o * (1 - c_new**2)",
    ],
    "df = dc * c": ["df = dc * c_new", "df = dc"],
    "di = dc * g": ["di = dc * i"],
    "dg = dc * i": ["dg = dc * g"],
    "dz_i = di * i * (1 - i)": ["dz_i = di * sigmoid(i) * (1 - sigmoid(i))"],
    "dz_f = df * f * (1 - f)": ["dz_f = df * sigmoid(f) * (1 - sigmoid(f))", "dz_f = df * (1 - f)"],
    "dz_g = dg * (1 - g**2)": ["dz_g = dg * (1 - g) ** 2", "dz_g = dg * (1 - np.tanh(g) ** 2)"],
    "dz_o = do * o * (1 - o)": ["dz_o = do * o", "dz_o = do * (1 - o**2)"],
    "dz = np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=1)": [
        "dz = np.concatenate([dz_i, dz_f, dz_o, dz_g], axis=1)",
        "dz = np.concatenate([dz_f, dz_i, dz_g, dz_o], axis=1)",
    ],
    "dW_x = dW_x + x_t.T @ dz": ["dW_x = x_t.T @ dz", "dW_x = dW_x + x_t.T @ dz / len(x_t)"],
    "dW_h = dW_h + h.T @ dz": ["dW_h = dW_h + (o * np.tanh(c_new)).T @ dz", "dW_h = h.T @ dz"],
    "db = db + dz.sum(axis=0)": ["db = dz.sum(axis=0)", "db = db + dz.mean(axis=0)"],
    "dx.insert(0, dz @ W_x.T)": ["dx.append(dz @ W_x.T)"],
    "dh = dz @ W_h.T": ["dh = np.zeros_like(dh)"],
    "dc = dc * f": ["dc = np.zeros_like(dc)", "dc = dc * i"],
}


def right_lines() -> list[str]:
    """Return the lines of `plain_lstm.forward` and `plain_lstm.backward`."""
    return f"{source_of(plain_lstm.forward)}\n\n\n{source_of(plain_lstm.backward)}".splitlines()


def planted_bugs(seed: int) -> list[Bug]:
    """Draw a few bugs, always the same for one seed, in the order of the lines."""
    return planted(right_lines(), WRONG_LINES, NUM_BUGS, seed)


def broken_lines(seed: int) -> list[str]:
    """Return the lines with the bugs of this seed."""
    return with_lines(right_lines(), dict(planted_bugs(seed)))


class LayerOfLines:
    """A layer whose two passes are given as text: `forward` and `backward`, called as in `plain_lstm`."""

    def __init__(self, lines: Sequence[str], input_size: int, hidden_size: int, rng: np.random.Generator):
        """Args: lines: Python, in which NumPy is `np` and `sigmoid` is the library's."""
        self._passes = {"np": np, "sigmoid": sigmoid}
        exec(compile("\n".join(lines), FILE, "exec"), self._passes)
        self.params = LSTM(input_size, hidden_size, rng, dtype=np.float64).params

    def forward(self, x: np.ndarray, state0: LSTMState, mask: None = None, rng: None = None):
        """Run forward as the library's layers do, without padding and noise.

        Returns: h (B, T, H), the last state, a cache.
        """
        h_all, h, c, steps = self._passes["forward"](x, *state0, **self.params)
        return h_all, LSTMState(h, c), steps

    def backward(self, dh: np.ndarray, dstate_T: LSTMState, cache):
        """Run backward as the library's layers do.

        Returns: dx (B, T, E), the gradients of the first state and of `params`.
        """
        weights = self.params["W_x"], self.params["W_h"]
        dx, dh0, dc0, dW_x, dW_h, db = self._passes["backward"](dh, *dstate_T, cache, *weights)
        return dx, LSTMState(dh0, dc0), {"W_x": dW_x, "W_h": dW_h, "b": db}


def check_bug_hunt(student: Callable, seed: int = 1) -> Verdict:
    """Check the corrections of a broken LSTM, corrections() -> {number of a line: the line as it should be}.

    Args: student: takes nothing.  seed: of the lines, as in `broken_lines`.
    """

    def finding() -> str:
        corrections = corrections_of(student, len(right_lines()))
        return finding_on(corrections, dict(planted_bugs(seed)), right_lines(), effect_of, PRAISE)

    return tell(finding)


def effect_of(lines: Sequence[str]) -> str:
    """Tell what is wrong with a layer of these lines; return "" if it is an LSTM with right gradients.

    A single step is looked at first: over several, what a mistake spoils in it reaches all gradients.

    Raises: Wrong: the lines cannot be run.
    """
    try:
        with untouched(), limited(SECONDS):
            return _effect(lines, np.random.default_rng(0))
    except (Exception, SystemExit, TimeIsUp) as error:
        raise Wrong(where_it_stopped(error, "layer", FILE)) from None


def _effect(lines: Sequence[str], rng: np.random.Generator) -> str:
    layer = LayerOfLines(lines, INPUT_SIZE, HIDDEN_SIZE, rng)
    gradcheck.randomize(layer.params, rng)
    for steps, when in STEPS.items():
        x = rng.standard_normal((BATCH, steps, INPUT_SIZE))
        first = LSTMState(*rng.standard_normal((2, BATCH, HIDDEN_SIZE)))
        if spoiled := _spoiled_gradients(layer, x, first, rng):
            return f"{spoiled} {when}"
    return "" if _is_lstm(layer, x, first) else NO_LSTM


def _spoiled_gradients(layer: LayerOfLines, x: np.ndarray, first: LSTMState, rng: np.random.Generator) -> str:
    """Say which gradients disagree with central differences; return "" if none does."""
    operation = gradcheck.recurrent_operation(layer, x, first, mask=None)
    upstream = gradcheck.upstream_gradients(operation.run(operation.arrays), rng)
    wanted = gradcheck.numerical_gradients(operation.run, operation.arrays, upstream)
    found = operation.gradients(operation.arrays, upstream)
    wrong = [row.name for row in gradcheck.compare(found, wanted) if row.relative_error > AGREE]
    if not wrong:
        return ""
    gates = {gate for name in wrong for gate in _wrong_gates(name, found[name], wanted[name])}
    *others, last = [name.removeprefix("params.") for name in wrong]
    names = f"the gradients of {', '.join(others)} and {last}" if others else f"the gradient of {last}"
    only = ", ".join(gate for gate in LSTM_ORDER if gate in gates)
    where = f" (only the columns of {only})" if 0 < len(gates) < len(LSTM_ORDER) else ""
    return f"{names}{where} {'are' if others else 'is'} wrong"


def _wrong_gates(name: str, found: np.ndarray, wanted: np.ndarray) -> list[str]:
    """Return the gates in whose columns a parameter's gradient is wrong."""
    if not name.startswith("params."):
        return []
    return [
        gate
        for gate in LSTM_ORDER
        if gradcheck.relative_error(block(found, gate), block(wanted, gate)) > AGREE
    ]


def _is_lstm(layer: LayerOfLines, x: np.ndarray, first: LSTMState) -> bool:
    """Tell whether the outputs are those of the library's layer with the same parameters."""
    library = LSTM(INPUT_SIZE, HIDDEN_SIZE, np.random.default_rng(0), dtype=np.float64)
    library.params.update(layer.params)
    return np.allclose(layer.forward(x, first)[0], library.forward(x, first)[0], rtol=AGREE, atol=AGREE)
