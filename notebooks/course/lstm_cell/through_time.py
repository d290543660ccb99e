"""Checks of a layer through time: all steps of padded sequences, forward and backward."""

from collections.abc import Callable
from functools import partial

import numpy as np

from course.lstm_cell.checks import library_step, library_step_backward
from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import cell_with, on_other, then
from lstm_lib.nn.lstm import LSTM, LSTMState

Arrays = tuple[np.ndarray, ...]
# B, T, E, H and the sentences' lengths: some fill all steps, in one batch none does
SIZES = ((3, 5, 4, 2, (5, 2, 4)), (2, 5, 3, 4, (1, 4)), (1, 3, 2, 3, (3,)))
WEIGHTS = ("W_x", "W_h", "b")


def _sequences(rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    """Return x, mask, the first state and weights; the padding is anything but zero."""
    problems = []
    for B, T, E, H, lengths in SIZES:
        x, (h, c) = rng.standard_normal((B, T, E)), rng.standard_normal((2, B, H))
        mask = np.arange(T) < np.array(lengths)[:, np.newaxis]
        weights = map(rng.standard_normal, ((E, 4 * H), (H, 4 * H), 4 * H))
        problems.append((x, mask, h, c, *weights))
    return problems


# Forward

After = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def carried(new: np.ndarray, old: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Return the new state at a real step, and the old one at padding."""
    return np.where(real, new, old)


def layer(
    x,
    mask,
    h,
    c,
    W_x,
    W_h,
    b,
    *,
    h_after: After = carried,
    c_after: After = carried,
    shown: Callable = np.where,
) -> Arrays:
    """Return h (B, T, H) after all steps, and the last h and c.

    Args: h_after, c_after: take the new state, the old one and the mask (B, 1) of a step, and give what goes
        on; shown: takes the mask, h and zeros, and gives what is put out.
    """
    outputs = []
    for t in range(x.shape[1]):
        real, (h_new, c_new) = mask[:, t, np.newaxis], library_step(x[:, t], h, c, W_x, W_h, b)
        h, c = h_after(h_new, h, real), c_after(c_new, c, real)
        outputs.append(shown(real, h, h))
    return np.stack(outputs, axis=1), h, c


def _through(after: After) -> Callable:
    return partial(layer, h_after=after, c_after=after)


def library_layer(x, mask, h0, c0, W_x, W_h, b) -> Arrays:
    """Return h and the last h and c by the library's layer."""
    h, last, _ = cell_with(LSTM, W_x=W_x, W_h=W_h, b=b).forward(x, LSTMState(h0, c0), mask)
    return h, last.h, last.c


LAYER = Exercise(
    ("x", "mask", "h0", "c0", *WEIGHTS),
    ("h", "h_T", "c_T"),
    _sequences,
    library_layer,
    {
        "the mask is ignored: padding must leave the state unchanged": _through(lambda new, old, real: new),
        "the mask is inverted: True is a real step": _through(
            lambda new, old, real: np.where(real, old, new)
        ),
        "the state becomes 0 at padding: it should stay unchanged": _through(
            lambda new, old, real: new * real
        ),
        "at padding h stays unchanged, but c does not": partial(layer, c_after=lambda new, old, real: new),
        "at padding c stays unchanged, but h does not": partial(layer, h_after=lambda new, old, real: new),
        "the output h is 0 at padding: output the unchanged state there": partial(
            layer, shown=lambda real, h, _: h * real
        ),
        "the initial state is taken as 0: use h0 and c0": (
            lambda x, mask, h, c, *weights: layer(x, mask, 0 * h, 0 * c, *weights)
        ),
        "the initial memory is taken as 0: use c0": (
            lambda x, mask, h, c, *weights: layer(x, mask, h, 0 * c, *weights)
        ),
        "every step starts from the initial state: start from the state after the step before": (
            lambda x, mask, h, c, *weights: (
                np.stack(
                    [layer(x[:, [t]], mask[:, [t]], h, c, *weights)[1] for t in range(x.shape[1])], axis=1
                ),
                *layer(x[:, -1:], mask[:, -1:], h, c, *weights)[1:],
            )
        ),
        "the sequence is read from its end: start at step 0": (
            lambda x, mask, *rest: then(lambda h, *last: (h[:, ::-1], *last), layer)(
                x[:, ::-1], mask[:, ::-1], *rest
            )
        ),
        "time is the first axis of h: it should be (B, T, H), as x is (B, T, E)": then(
            lambda h, *last: (h.swapaxes(0, 1), *last), layer
        ),
        "h_T and c_T are returned in the wrong order: h_T comes first": then(
            lambda h, h_T, c_T: (h, c_T, h_T), layer
        ),
    },
)


def check_lstm_layer(student: Callable) -> Verdict:
    """Check a layer through time, lstm_layer(x, mask, h0, c0, W_x, W_h, b) -> (h, h_T, c_T).

    Args: student: takes x (B, T, input_size), mask (B, T) bool, True = real step, the first state h0 and c0,
        both (B, H), and the weights of 1a; returns h after each step (B, T, H), and the last state.  At
        padding the state stays as it was.
    """
    return judge(student, LAYER)


# Backward


def backward(
    dh_all,
    dh,
    dc,
    x,
    mask,
    h_before,
    c_before,
    W_x,
    W_h,
    b,
    *,
    asked: Callable = lambda dh_all, t, real: dh_all[:, t],
    passed: Callable = lambda dh, dc: (dh, dc),
    kept: Callable = lambda gradient: gradient,
    summed: Callable = lambda total, one: total + one,
) -> Arrays:
    """Return dx, the gradients of the first state and those of the weights.

    Args: asked: takes dh_all, t and the mask, and gives the gradient of what step t puts out; passed: what
        goes on to the step before; kept: what goes on through padding; summed: adds up the steps' gradients.
    """
    dx, totals = np.zeros_like(x), [np.zeros_like(array) for array in (W_x, W_h, b)]
    for t in reversed(range(x.shape[1])):
        real = mask[:, t, np.newaxis]
        dh = dh + asked(dh_all, t, real)
        step = x[:, t], h_before[:, t], c_before[:, t], W_x, W_h, b
        dx[:, t], dh_t, dc_t, *grads = library_step_backward(dh * real, dc * real, *step)
        totals = [summed(total, one) for total, one in zip(totals, grads, strict=True)]
        dh_t, dc_t = passed(dh_t, dc_t)
        dh, dc = np.where(real, dh_t, kept(dh)), np.where(real, dc_t, kept(dc))
    return dx, dh, dc, *totals


BACKWARD_ARGUMENTS = ("dh_all", "dh_T", "dc_T", "x", "mask", "h_before", "c_before", *WEIGHTS)


def _passes(rng: np.random.Generator) -> list[Arrays]:
    """Return gradients of all outputs and of the last state, and what the steps read."""
    problems = []
    for x, mask, h, c, *weights in _sequences(rng):
        before, (B, T, _), H = [], x.shape, h.shape[1]
        for t in range(T):
            before.append((h, c))
            _, h, c = layer(x[:, [t]], mask[:, [t]], h, c, *weights)
        h_before, c_before = (np.stack(parts, axis=1) for parts in zip(*before, strict=True))
        arriving = (rng.standard_normal((B, T, H)), *rng.standard_normal((2, B, H)))
        problems.append((*arriving, x, mask, h_before, c_before, *weights))
    return problems


def library_backward(dh_all, dh_T, dc_T, x, mask, h_before, c_before, W_x, W_h, b) -> Arrays:
    """Return the gradients by the library's layer."""
    cell = cell_with(LSTM, W_x=W_x, W_h=W_h, b=b)
    _, _, cache = cell.forward(x, LSTMState(h_before[:, 0], c_before[:, 0]), mask)
    dx, first, grads = cell.backward(dh_all, LSTMState(dh_T, dc_T), cache)
    return dx, first.h, first.c, *(grads[name] for name in WEIGHTS)


_other = partial(on_other, backward, BACKWARD_ARGUMENTS)

LAYER_BACKWARD = Exercise(
    BACKWARD_ARGUMENTS,
    ("dx", "dh0", "dc0", "dW_x", "dW_h", "db"),
    _passes,
    library_backward,
    {
        "the mask is ignored: at padding, dh and dc are passed on unchanged, and no other gradient "
        "gets a share": _other(mask=np.ones_like),
        "the mask is inverted: True is a real step": _other(mask=np.invert),
        "dh and dc become 0 at padding: pass them on unchanged to the step before": partial(
            backward, kept=np.zeros_like
        ),
        "dc is not passed on to the step before: c_new = f c + i g depends on c": partial(
            backward, passed=lambda dh, dc: (dh, 0 * dc)
        ),
        "dh is not passed on to the step before: the gates depend on h": partial(
            backward, passed=lambda dh, dc: (0 * dh, dc)
        ),
        "nothing is passed on to the step before: it gets dh through the gates, and dc": partial(
            backward, passed=lambda dh, dc: (0 * dh, 0 * dc)
        ),
        "the gradient of the last output is used at every step: use each step's own, dh_all[:, t]": partial(
            backward, asked=lambda dh_all, t, real: dh_all[:, -1]
        ),
        "the outputs' gradients are left out: add dh_all[:, t] to dh at step t": _other(dh_all=np.zeros_like),
        "the outputs' gradients are left out at padding: the output there is the carried state, so "
        "add them": partial(backward, asked=lambda dh_all, t, real: dh_all[:, t] * real),
        "dh_T is left out: it is the gradient of the last state": _other(dh_T=np.zeros_like),
        "dc_T is left out: it is the gradient of the last memory": _other(dc_T=np.zeros_like),
        "dh_T and dc_T are left out: they are the gradients of the last state": _other(
            dh_T=np.zeros_like, dc_T=np.zeros_like
        ),
        "the weights' gradients come from the first step alone: sum over all steps": partial(
            backward, summed=lambda total, one: one
        ),
        "dx is in the order of computation, last step first: put the first step first": then(
            lambda dx, *rest: (dx[:, ::-1], *rest), backward
        ),
        "the weights' gradients are means over the batch: they are sums": then(
            lambda dx, dh, dc, *grads: (dx, dh, dc, *(grad / len(dx) for grad in grads)), backward
        ),
        "dh0 and dc0 are returned in the wrong order: dh0 comes first": then(
            lambda dx, dh, dc, *grads: (dx, dc, dh, *grads), backward
        ),
    },
)


def check_lstm_layer_backward(student: Callable) -> Verdict:
    """Check the backward pass through time, lstm_layer_backward(dh_all, dh_T, dc_T, x, mask, h_before, ...).

    Args: student: takes the gradients dh_all (B, T, H) of all outputs and those of the last state, dh_T and
        dc_T (B, H); x, mask, and the states that each step reads, h_before and c_before, both (B, T, H); and
        the weights.  Returns dx, dh0, dc0, dW_x, dW_h and db.
    """
    return judge(student, LAYER_BACKWARD)
