"""A broken LSTM for the bug hunt: the lines of `plain_lstm`, some of them spoiled, run as a layer."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from IPython.display import Markdown

from course.lstm_cell import plain_lstm
from course.shared.source import source_of
from lstm_lib.nn.activations import sigmoid
from lstm_lib.nn.lstm import LSTM, LSTMState

FILE = "<broken LSTM>"  # what tracebacks call it
NUM_BUGS = 3

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


class Bug(NamedTuple):
    """One spoiled line."""

    number: int  # counted from 1
    wrong: str


def right_lines() -> list[str]:
    """The lines of `plain_lstm.forward` and `plain_lstm.backward`."""
    return f"{source_of(plain_lstm.forward)}\n\n\n{source_of(plain_lstm.backward)}".splitlines()


def with_lines(lines: Sequence[str], new: Mapping[int, str]) -> list[str]:
    """The lines with others in place of some, each as far to the right as the one that it replaces.

    Args: new: for the number of a line, counted from 1, what is to stand there.
    """
    lines = list(lines)
    for number, line in new.items():
        old = lines[number - 1]
        lines[number - 1] = old[: len(old) - len(old.lstrip())] + line.strip()
    return lines


def planted_bugs(seed: int) -> list[Bug]:
    """A few bugs, each in a line of its own: for one seed always the same, in the order of the lines."""
    rng = np.random.default_rng(seed)
    numbers = {line.strip(): number for number, line in enumerate(right_lines(), start=1)}
    chosen = rng.choice(list(WRONG_LINES), NUM_BUGS, replace=False)
    bugs = [Bug(numbers[line], str(rng.choice(WRONG_LINES[line]))) for line in chosen]
    return sorted(bugs)


def broken_lines(seed: int) -> list[str]:
    """The lines with the bugs of this seed."""
    return with_lines(right_lines(), dict(planted_bugs(seed)))


def show_lines(lines: Sequence[str]) -> Markdown:
    """The lines with their numbers, as a block of highlighted Python."""
    return Markdown("```python\n" + "\n".join(f"{k:2}  {line}" for k, line in enumerate(lines, 1)) + "\n```")


class LayerOfLines:
    """A layer whose two passes are given as text: `forward` and `backward`, called as in `plain_lstm`."""

    def __init__(self, lines: Sequence[str], input_size: int, hidden_size: int, rng: np.random.Generator):
        """Args: lines: Python, in which NumPy is `np` and `sigmoid` is the library's."""
        self._passes = {"np": np, "sigmoid": sigmoid}
        exec(compile("\n".join(lines), FILE, "exec"), self._passes)
        self.params = LSTM(input_size, hidden_size, rng, dtype=np.float64).params

    def forward(self, x: np.ndarray, state0: LSTMState, mask: None = None, rng: None = None):
        """As the library's layers, without padding and noise.  Returns: h (B, T, H), last state, cache."""
        h_all, h, c, steps = self._passes["forward"](x, *state0, **self.params)
        return h_all, LSTMState(h, c), steps

    def backward(self, dh: np.ndarray, dstate_T: LSTMState, cache):
        """As the library's layers.  Returns: dx (B, T, E), gradients of the first state and of `params`."""
        weights = self.params["W_x"], self.params["W_h"]
        dx, dh0, dc0, dW_x, dW_h, db = self._passes["backward"](dh, *dstate_T, cache, *weights)
        return dx, LSTMState(dh0, dc0), {"W_x": dW_x, "W_h": dW_h, "b": db}
