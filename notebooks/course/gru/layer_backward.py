"""The check of a GRU's backward pass through time: all steps of padded sequences."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import on_other, then

Arrays = tuple[np.ndarray, ...]
# B, T, H and the sentences' lengths: some fill all steps, in one batch none does
SIZES = ((3, 5, 4, (5, 2, 4)), (2, 5, 3, (1, 4)), (1, 3, 5, (3,)))
ARGUMENTS = ("dh_all", "mask", "h_before", "r", "u", "n", "past", "W_h")


def gates_backward(dh, h, r, u, n, past) -> np.ndarray:
    """Return the gradients at x W_x + b and at h W_h of one step, (2, B, 3H)."""
    dz_n = dh * (1 - u) * (1 - n**2)
    dz_u = dh * (h - n) * u * (1 - u)
    dz_r = dz_n * past * r * (1 - r)
    return np.stack([np.hstack([dz_r, dz_u, dz_n]), np.hstack([dz_r, dz_u, dz_n * r])])


def backward(
    dh_all,
    mask,
    h_before,
    r,
    u,
    n,
    past,
    W_h,
    *,
    asked: Callable = lambda dh_all, t, real: dh_all[:, t],
    direct: Callable = lambda dh, u: dh * u,
    back: Callable = lambda d_x, d_h, W_h: d_h @ W_h.T,
    kept: Callable = lambda dh: dh,
    masked: Callable = np.multiply,
) -> Arrays:
    """Return d_x and d_h of all steps, and the gradient of the first state.

    Args: asked: takes dh_all, t and the mask, and gives the gradient of what step t puts out; direct: what h
        gets through u h; back: what it gets through h W_h; kept: what goes on through padding; masked: takes
        the mask and the gradients of a step, and gives those that are returned.
    """
    d_x, d_h, dh = (*np.zeros((2, *mask.shape, W_h.shape[1])), np.zeros(u[:, 0].shape))
    for t in reversed(range(mask.shape[1])):
        real = mask[:, t, np.newaxis]
        dh = dh + asked(dh_all, t, real)
        both = gates_backward(dh, *(array[:, t] for array in (h_before, r, u, n, past)))
        d_x[:, t], d_h[:, t] = masked(real, both)
        dh = np.where(real, direct(dh, u[:, t]) + back(*both, W_h), kept(dh))
    return d_x, d_h, dh


_other = partial(on_other, backward, ARGUMENTS)


def _nothing(*arrays) -> float:
    return 0.0


def _passes(rng: np.random.Generator) -> list[Arrays]:
    """Gates, candidates and states as they might be, at padding as well."""
    problems = []
    for B, T, H, lengths in SIZES:
        dh_all, h_before, n, past = rng.standard_normal((4, B, T, H))
        r, u = rng.random((2, B, T, H))
        mask = np.arange(T) < np.array(lengths)[:, np.newaxis]
        W_h = rng.standard_normal((H, 3 * H))
        problems.append((dh_all, mask, np.tanh(h_before), r, u, np.tanh(n), past, W_h))
    return problems


LAYER_BACKWARD = Exercise(
    ARGUMENTS,
    ("d_x", "d_h", "dh0"),
    _passes,
    backward,
    {
        "the mask is ignored: at padding, dh is passed on unchanged, and d_x and d_h are 0": _other(
            mask=np.ones_like
        ),
        "the mask is inverted: True is a real step": _other(mask=np.invert),
        "the gradient that arrives at padding is lost: the output there is the carried state, so dh "
        "is passed on": partial(backward, kept=np.zeros_like),
        "d_x and d_h are not 0 at padding: no gate was computed there": partial(
            backward, masked=lambda real, both: both
        ),
        "the direct path is missing: h_(t-1) also reaches h_t through u h_(t-1), which adds dh u": partial(
            backward, direct=_nothing
        ),
        "dh is passed back only along the direct path: r, u and n read h, which adds d_h W_h^T": partial(
            backward, back=_nothing
        ),
        "dh is not passed on to the step before": partial(backward, direct=_nothing, back=_nothing),
        "dh is passed back as d_x W_h^T: use d_h, where the candidate's gradient is dz_n r": partial(
            backward, back=lambda d_x, d_h, W_h: d_x @ W_h.T
        ),
        "the direct path has the factor 1 - u: h_t = (1 - u) n + u h_(t-1)": partial(
            backward, direct=lambda dh, u: dh * (1 - u)
        ),
        "the direct path has no factor: h_t = (1 - u) n + u h_(t-1), so it is dh u": partial(
            backward, direct=lambda dh, u: dh
        ),
        "the gradient of the last output is used at every step: use each step's own, dh_all[:, t]": partial(
            backward, asked=lambda dh_all, t, real: dh_all[:, -1]
        ),
        "only the last output's gradient is used: each step's output has one, dh_all[:, t]": _other(
            dh_all=lambda dh: np.concatenate([np.zeros_like(dh[:, :-1]), dh[:, -1:]], axis=1)
        ),
        "d_h equals d_x: in d_h the candidate's gradient passes the reset gate, dz_n r": then(
            lambda d_x, d_h, dh: (d_x, d_x, dh), backward
        ),
        "d_x equals d_h: in d_x the candidate's gradient is dz_n": then(
            lambda d_x, d_h, dh: (d_h, d_h, dh), backward
        ),
        "d_x and d_h are returned in the wrong order: d_x comes first": then(
            lambda d_x, d_h, dh: (d_h, d_x, dh), backward
        ),
        "d_x and d_h are in the order of computation, last step first: put the first step first": then(
            lambda d_x, d_h, dh: (d_x[:, ::-1], d_h[:, ::-1], dh), backward
        ),
        "time is the first axis: d_x and d_h should be (B, T, 3H)": then(
            lambda d_x, d_h, dh: (d_x.swapaxes(0, 1), d_h.swapaxes(0, 1), dh), backward
        ),
    },
)


def check_gru_layer_backward(student: Callable) -> Verdict:
    """Check the backward pass through time, gru_layer_backward(dh_all, mask, h_before, r, u, n, past, W_h).

    Args: student: takes the gradients dh_all (B, T, H) of all outputs, mask (B, T) bool, True = real step,
        and of all steps what they read and computed: h_before, r, u, n and past = h W_hn + b_h, all
        (B, T, H); and W_h (H, 3H).  Returns d_x and d_h, both (B, T, 3H), and dh0 (B, H).
    """
    return judge(student, LAYER_BACKWARD)
