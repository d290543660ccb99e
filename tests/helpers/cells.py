"""Is a cell what its equations say, and does it begin as it should?"""

import numpy as np

from helpers.arrays import assert_close, assert_same_arrays
from helpers.problems import Problem, random_state
from lstm_lib.nn.recurrent import Recurrent


def assert_gates_differ(layer: Recurrent) -> None:
    """No two gates begin with the same weights: gates that begin alike would learn alike."""
    for name in ("W_x", "W_h"):
        gates = np.split(layer.params[name], len(layer.gate_order), axis=1)
        for k, gate in enumerate(gates):
            assert not any(np.allclose(gate, other) for other in gates[:k]), (
                f"{name}: gate {k} begins like another"
            )


def assert_steps_equal_sequence(layer: Recurrent, problem: Problem, seed: int | None = None) -> None:
    """A walk of `step` and back of `step_backward` is what `forward` and `backward` do at once.

    Args: seed: of the noise of a single step (longer sequences draw in another order); None: evaluation.
    """
    rng = np.random.default_rng(problem.seed)
    steps = problem.steps if seed is None else 1
    x = rng.standard_normal((problem.batch, steps, problem.input_size))
    dh = rng.standard_normal((problem.batch, steps, problem.hidden_size))
    state = random_state(layer, problem.batch, rng)
    noises = [None if seed is None else np.random.default_rng(seed) for _ in range(2)]
    h, state_T, cache = layer.forward(x, state, None, noises[0])
    caches = []
    for t in range(steps):
        h_t, state, cache_t = layer.step(x[:, t], state, noises[1])
        caches.append(cache_t)
        assert_close(h_t, h[:, t], f"h at step {t}")
    assert_same_arrays(state, state_T, "state_T")

    dstate = random_state(layer, problem.batch, rng)
    dx, dstate0, grads = layer.backward(dh, dstate, cache)
    total = {name: np.zeros_like(array) for name, array in layer.params.items()}
    for t in reversed(range(steps)):
        dx_t, dstate, grads_t = layer.step_backward(dstate._replace(h=dstate.h + dh[:, t]), caches[t])
        assert_close(dx_t, dx[:, t], f"dx at step {t}")
        assert set(grads_t) == set(layer.params)
        total = {name: total[name] + grads_t[name] for name in total}
    assert_same_arrays(dstate, dstate0, "dstate0")
    for name in layer.params:
        assert_close(total[name], grads[name], f"gradient of {name}")
