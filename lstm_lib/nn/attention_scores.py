"""The scores of attention: how well a source position fits a query.

additive   v^T tanh(q W_q + v_s W_k)      (Bahdanau et al., 2015; Luong et al., 2015, call it concat)
dot        q . v_s                        (Luong et al., 2015)
general    q . (v_s W)                    (Luong et al., 2015)
"""

import numpy as np

from lstm_lib.nn.attention import Attention
from lstm_lib.nn.initializers import glorot
from lstm_lib.nn.products import as_rows, empty_by_step, linear_map, transposed, weight_gradient

LARGEST = 20.0  # e^(2 * 20) times itself is still a float32


def exp_of_twice(x: np.ndarray) -> np.ndarray | None:
    """e^2x; None where a product of two of these could overflow."""
    if np.abs(x).max(initial=0) > LARGEST:
        return None
    twice = 2 * x
    return np.exp(twice, out=twice)


class AdditiveAttention(Attention):
    """Score v^T tanh(q W_q + v_s W_k).  `params`: W_q (Q, A), W_k (D, A), v (A)."""

    def __init__(
        self,
        query_size: int,
        value_size: int,
        attention_size: int,
        rng: np.random.Generator,
        dtype=np.float32,
    ):
        """Args: query_size Q; value_size D; attention_size A, the width of the score's hidden layer; rng."""
        self.query_size, self.value_size = query_size, value_size
        self.params = {
            "W_q": glorot(rng, query_size, attention_size, dtype),
            "W_k": glorot(rng, value_size, attention_size, dtype),
            "v": glorot(rng, attention_size, 1, dtype)[:, 0],
        }

    def remember(self, values, mask=None):
        memory = super().remember(values, mask)
        return memory._replace(exp_keys=exp_of_twice(memory.keys))

    def _keys(self, values):
        return linear_map(values, self.params["W_k"])

    def _shares(self, queries, memory):
        """r = (1 - tanh(q W_q + v_s W_k)) / 2: (B, t, S, A), the largest array of all were it kept for all
        steps.  To compute it again on the way back, in the cache, takes less time than to fetch it.

        Since tanh(a + b) = 1 - 2 / (1 + e^2a e^2b), an exponential for each query and one for each key do
        for all their pairs, and a division takes a fraction of the time of a tanh.
        """
        projected = linear_map(queries, self.params["W_q"])
        exp_queries = None if memory.exp_keys is None else exp_of_twice(projected)
        if exp_queries is None:
            return 0.5 - 0.5 * np.tanh(projected[:, :, None] + memory.keys[:, None])
        shares = exp_queries[:, :, None] * memory.exp_keys[:, None]
        shares += 1
        return np.divide(1, shares, out=shares)

    def _scores(self, queries, memory):
        """v . (1 - 2 r) without the sum of v, which no softmax sees, for it is the same everywhere."""
        return self._shares(queries, memory) @ (-2 * self.params["v"])

    def start_backward(self, tape):
        dprojected = empty_by_step((*tape.queries.shape[:2], len(self.params["v"])), tape.queries.dtype)
        dv, W_q_T = np.zeros_like(self.params["v"]), transposed(self.params["W_q"])
        return super().start_backward(tape)._replace(dprojected=dprojected, dv=dv, W_q_T=W_q_T)

    def _scores_backward(self, tape, dtape, steps):
        dscores = dtape.dscores[:, steps]  # (B, t, S)
        shares = self._shares(tape.queries[:, steps], tape.memory)
        np.add(dtape.dv, -2 * (dscores.ravel() @ as_rows(shares)), out=dtape.dv)
        # tanh' = 1 - (1 - 2 r)^2 = 4 (r - r^2).  The factor 4 v is common to the two sums that follow, so it
        # multiplies what they come to.
        slope = np.subtract(shares, np.square(shares), out=shares)
        dprojected = (dscores[:, :, None] @ slope)[:, :, 0] * (4 * self.params["v"])
        slope *= dscores[..., None]
        for step in range(slope.shape[1]):
            np.add(dtape.dkeys, slope[:, step], out=dtape.dkeys)
        dtape.dprojected[:, steps] = dprojected
        return linear_map(dprojected, dtape.W_q_T)

    def _key_gradients(self, tape, dtape):
        dkeys = dtape.dkeys * (4 * self.params["v"])
        grads = {
            "W_q": weight_gradient(tape.queries, dtape.dprojected),
            "W_k": weight_gradient(tape.memory.values, dkeys),
            "v": dtape.dv,
        }
        return linear_map(dkeys, self.params["W_k"].T), grads


class DotAttention(Attention):
    """Score q . v_s: no parameters, so query and value have one width."""

    def __init__(self, query_size: int, value_size: int):
        """Raises: ValueError where the widths differ."""
        if query_size != value_size:
            raise ValueError(
                f"dot attention got queries {query_size} wide and values {value_size} wide; wanted one width"
            )
        self.query_size, self.value_size, self.params = query_size, value_size, {}

    def _keys(self, values):
        return values

    def _scores(self, queries, memory):
        return queries @ memory.keys.swapaxes(1, 2)

    def _scores_backward(self, tape, dtape, steps):
        return dtape.dscores[:, steps] @ tape.memory.keys

    def _key_gradients(self, tape, dtape):
        dtape.dkeys[...] = dtape.dscores.swapaxes(1, 2) @ tape.queries
        return dtape.dkeys, {}


class GeneralAttention(DotAttention):
    """Score q . (v_s W): a dot product after a learned map.  `params`: W (D, Q)."""

    def __init__(self, query_size: int, value_size: int, rng: np.random.Generator, dtype=np.float32):
        self.query_size, self.value_size = query_size, value_size
        self.params = {"W": glorot(rng, value_size, query_size, dtype)}

    def _keys(self, values):
        return linear_map(values, self.params["W"])

    def _key_gradients(self, tape, dtape):
        dkeys, _ = super()._key_gradients(tape, dtape)
        return linear_map(dkeys, self.params["W"].T), {"W": weight_gradient(tape.memory.values, dkeys)}
