"""Submissions for the exercises on the LSTM: right ones of several styles, and wrong ones of no catalogue."""

import numpy as np
from scipy.special import expit


def sigma(z):
    return 1 / (1 + np.exp(-z))


# One step


def gate_by_gate(x, h, c, W_x, W_h, b):
    H, pre = h.shape[1], {}
    for k, name in enumerate("ifgo"):
        columns = slice(k * H, (k + 1) * H)
        pre[name] = x @ W_x[:, columns] + h @ W_h[:, columns] + b[columns]
    gate = {name: 0.5 * (1 + np.tanh(pre[name] / 2)) for name in "ifo"}
    memory = gate["f"] * c + gate["i"] * np.tanh(pre["g"])
    return gate["o"] * np.tanh(memory), memory


def unit_by_unit(x, h, c, W_x, W_h, b):
    B, H = h.shape
    h_new, c_new = np.empty((B, H)), np.empty((B, H))
    for n in range(B):
        for j in range(H):
            i, f, g, o = (
                x[n] @ W_x[:, k * H + j] + h[n] @ W_h[:, k * H + j] + b[k * H + j] for k in range(4)
            )
            c_new[n, j] = sigma(f) * c[n, j] + sigma(i) * np.tanh(g)
            h_new[n, j] = sigma(o) * np.tanh(c_new[n, j])
    return h_new, c_new


def with_columns(x, h, c, W_x, W_h, b):
    """Everything transposed: a column is a sequence."""
    z = W_x.T @ x.T + W_h.T @ h.T + b[:, np.newaxis]
    i, f, g, o = z.reshape(4, h.shape[1], len(x))
    memory = expit(f) * c.T + expit(i) * np.tanh(g)
    return (expit(o) * np.tanh(memory)).T, memory.T


def with_one_axis_more(x, h, c, W_x, W_h, b):
    z = (np.einsum("be,em->bm", x, W_x) + np.einsum("bh,hm->bm", h, W_h) + b).reshape(len(x), 4, -1)
    gates = np.where(np.arange(4)[:, np.newaxis] == 2, np.tanh(z), sigma(z))
    memory = gates[:, 1] * c + gates[:, 0] * gates[:, 2]
    return np.array([gates[:, 3] * np.tanh(memory), memory])


def coupled(x, h, c, W_x, W_h, b):
    _, f, g, o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
    memory = sigma(f) * c + (1 - sigma(f)) * np.tanh(g)
    return sigma(o) * np.tanh(memory), memory


def with_a_peephole(x, h, c, W_x, W_h, b):
    i, f, g, o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
    memory = sigma(f) * c + sigma(i) * np.tanh(g)
    return sigma(o + memory) * np.tanh(memory), memory


def bounded(x, h, c, W_x, W_h, b):
    i, f, g, o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
    memory = np.clip(sigma(f) * c + sigma(i) * np.tanh(g), -1, 1)
    return sigma(o) * np.tanh(memory), memory


# Its gradient


def forward(x, h, c, W_x, W_h, b):
    i, f, g, o = np.split(x @ W_x + h @ W_h + b, 4, axis=1)
    i, f, g, o = sigma(i), sigma(f), np.tanh(g), sigma(o)
    memory = f * c + i * g
    return i, f, g, o, memory, np.tanh(memory)


def gradient_of_z(dh, dc, x, h, c, W_x, W_h, b):
    """Return dz (B, 4H) and the gradient of the memory before."""
    i, f, g, o, _, shown = forward(x, h, c, W_x, W_h, b)
    dc = dc + dh * o * (1 - shown**2)
    dz = [dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh * shown * o * (1 - o)]
    return np.concatenate(dz, axis=1), dc * f


def by_complex_step(function, arrays):
    """Return the gradients of a number by a tiny imaginary nudge of each entry."""
    found = []
    for k, array in enumerate(arrays):
        gradient = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            nudged = [a.astype(complex) for a in arrays]
            nudged[k][index] += 1e-30j
            gradient[index] = function(*nudged).imag / 1e-30
        found.append(gradient)
    return found


def step_by_complex_step(dh, dc, x, h, c, W_x, W_h, b):
    def number(*arrays):
        _, _, _, o, memory, shown = forward(*arrays)
        return np.sum(dh * o * shown) + np.sum(dc * memory)

    return by_complex_step(number, (x, h, c, W_x, W_h, b))


def sentence_by_sentence(dh, dc, x, h, c, W_x, W_h, b):
    dx, dh_before, dc_before = np.empty_like(x), np.empty_like(h), np.empty_like(c)
    dW_x, dW_h, db = np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)
    for n in range(len(x)):
        one = slice(n, n + 1)
        dz, dc_before[one] = gradient_of_z(dh[one], dc[one], x[one], h[one], c[one], W_x, W_h, b)
        dx[n], dh_before[n] = W_x @ dz[0], W_h @ dz[0]
        dW_x += np.outer(x[n], dz)
        dW_h += np.outer(h[n], dz)
        db += dz[0]
    return dx, dh_before, dc_before, dW_x, dW_h, db


def with_joined_weights(dh, dc, x, h, c, W_x, W_h, b):
    """Input, state and a 1 side by side: one matrix holds all weights."""
    E, read = x.shape[1], np.hstack([x, h, np.ones((len(x), 1))])
    dz, dc_before = gradient_of_z(dh, dc, x, h, c, W_x, W_h, b)
    dW, dread = read.T @ dz, dz @ np.vstack([W_x, W_h, b]).T
    return dread[:, :E], dread[:, E:-1], dc_before, dW[:E], dW[E:-1], dW[-1]


def through_tanh_alone(dh, dc, x, h, c, W_x, W_h, b):
    """Each sigma as a tanh, whose slope is a quarter of 1 - t^2."""
    z = x @ W_x + h @ W_h + b
    t_i, t_f, g, t_o = np.split(np.tanh(z * halves(z)), 4, axis=1)
    i, f, o = (1 + t_i) / 2, (1 + t_f) / 2, (1 + t_o) / 2
    shown = np.tanh(f * c + i * g)
    dc = dc + dh * o * (1 - shown * shown)
    slopes = [dc * g * (1 - t_i**2) / 4, dc * c * (1 - t_f**2) / 4, dc * i * (1 - g**2)]
    dz = np.hstack([*slopes, dh * shown * (1 - t_o**2) / 4])
    return dz @ W_x.T, dz @ W_h.T, dc * f, x.T @ dz, h.T @ dz, dz.sum(0)


def halves(z):
    return np.repeat([0.5, 0.5, 1.0, 0.5], z.shape[1] // 4)


def from_dz(change):
    """A wrong gradient: dz is changed before it goes on."""

    def function(dh, dc, x, h, c, W_x, W_h, b):
        dz, dc_before = gradient_of_z(dh, dc, x, h, c, W_x, W_h, b)
        dz = change(dz)
        return dz @ W_x.T, dz @ W_h.T, dc_before, x.T @ dz, h.T @ dz, dz.sum(axis=0)

    return function


def memory_without_its_own_gradient(dh, dc, x, h, c, W_x, W_h, b):
    """Adds dc_next to the memory before, not to the memory."""
    dz, dc_before = gradient_of_z(dh, 0 * dc, x, h, c, W_x, W_h, b)
    return dz @ W_x.T, dz @ W_h.T, dc_before + dc, x.T @ dz, h.T @ dz, dz.sum(axis=0)


# A gradient checker


def in_a_copy(f, x, epsilon):
    moved, gradient = x.copy(), np.empty(x.size)
    flat = moved.reshape(-1)
    for k in range(x.size):
        kept = flat[k]
        flat[k] = kept + epsilon
        above = f(moved)
        flat[k] = kept - epsilon
        gradient[k] = (above - f(moved)) / (2 * epsilon)
        flat[k] = kept
    return gradient.reshape(x.shape)


def along_rows_of_the_identity(f, x, epsilon):
    ways = epsilon * np.eye(x.size).reshape(-1, *x.shape)
    return np.reshape([(f(x + way) - f(x - way)) / (2 * epsilon) for way in ways], x.shape)


def with_an_iterator(f, x, epsilon):
    gradient = np.zeros(x.shape)
    for _ in (walk := np.nditer(x, flags=["multi_index"])):
        at = np.zeros(x.shape)
        at[walk.multi_index] = 1
        gradient[walk.multi_index] = f(x + epsilon * at) / (2 * epsilon) - f(x - epsilon * at) / (2 * epsilon)
    return gradient


def by_recursion(f, x, epsilon):
    if x.ndim == 0:
        return (f(x + epsilon) - f(x - epsilon)) / (2 * epsilon)

    def with_part(k, part):
        whole = x.copy()
        whole[k] = part
        return f(whole)

    return np.stack(
        [by_recursion(lambda part, k=k: with_part(k, part), x[k], epsilon) for k in range(len(x))]
    )


def by_four_points(f, x, epsilon):
    near, far = in_a_copy(f, x, epsilon), in_a_copy(f, x, 2 * epsilon)
    return (4 * near - far) / 3


def of_the_first_entry(f, x, epsilon):
    gradient = np.zeros(x.shape)
    gradient.flat[0] = in_a_copy(f, x, epsilon).flat[0]
    return gradient


def of_whole_rows(f, x, epsilon):
    gradient = np.zeros(x.shape)
    for k in range(len(x)):
        nudge = np.zeros(x.shape)
        nudge[k] = epsilon
        gradient[k] = (f(x + nudge) - f(x - nudge)) / (2 * epsilon)
    return gradient


# A layer through time


def layer_by_sentence(x, mask, h, c, W_x, W_h, b):
    outputs = np.empty((*x.shape[:2], h.shape[1]))
    h, c = h.copy(), c.copy()
    for n, length in enumerate(mask.sum(axis=1)):
        for t in range(x.shape[1]):
            if t < length:
                h[n], c[n] = (a[0] for a in gate_by_gate(x[n, [t]], h[[n]], c[[n]], W_x, W_h, b))
            outputs[n, t] = h[n]
    return outputs, h, c


def layer_by_arithmetic(x, mask, h, c, W_x, W_h, b):
    outputs, m = [], mask[:, :, np.newaxis].astype(float)
    for t in range(x.shape[1]):
        h_new, c_new = with_columns(x[:, t], h, c, W_x, W_h, b)
        h, c = m[:, t] * h_new + (1 - m[:, t]) * h, m[:, t] * c_new + (1 - m[:, t]) * c
        outputs.append(h)
    return np.swapaxes(outputs, 0, 1), h, c


def layer_of_real_rows(x, mask, h, c, W_x, W_h, b):
    """Steps only the sentences that still have a word."""
    h, c, outputs = h.copy(), c.copy(), np.zeros((*mask.shape, h.shape[1]))
    for t, real in enumerate(mask.T):
        h[real], c[real] = gate_by_gate(x[real, t], h[real], c[real], W_x, W_h, b)
        outputs[:, t] = h
    return outputs, h, c


def layer_with_inputs_first(x, mask, h, c, W_x, W_h, b):
    z_x, outputs = x @ W_x + b, []
    for z, real in zip(np.moveaxis(z_x, 1, 0), mask.T, strict=True):
        i, f, g, o = np.hsplit(z + h @ W_h, 4)
        c_new = expit(f) * c + expit(i) * np.tanh(g)
        c = np.where(real[:, None], c_new, c)
        h = np.where(real[:, None], expit(o) * np.tanh(c_new), h)
        outputs.append(h[:, None])
    return np.concatenate(outputs, axis=1), h, c


def layer_with(keep):
    """A wrong layer.  Args: keep: takes real (B, 1), the new state, the old one and t; gives what goes on."""

    def function(x, mask, h, c, W_x, W_h, b):
        outputs = []
        for t in range(x.shape[1]):
            new = gate_by_gate(x[:, t], h, c, W_x, W_h, b)
            h, c = keep(mask[:, [t]], new, (h, c), t)
            outputs.append(h)
        return np.stack(outputs, axis=1), h, c

    return function


def halfway(real, new, old, t):
    return [np.where(real, one, (one + other) / 2) for one, other in zip(new, old, strict=True)]


def faded(real, new, old, t):
    return [np.where(real, one, 0.9 * other) for one, other in zip(new, old, strict=True)]


def first_step_always(real, new, old, t):
    return [np.where(real & (t > 0), one, other) for one, other in zip(new, old, strict=True)]


def with_the_first_state_again(x, mask, h, c, W_x, W_h, b):
    outputs, h_T, c_T = layer_by_arithmetic(x, mask, h, c, W_x, W_h, b)
    return np.where(mask[:, :, np.newaxis], outputs, h[:, np.newaxis]), h_T, c_T


# Its gradient


def layer_backward_by_complex_step(dh_all, dh, dc, x, mask, h_before, c_before, W_x, W_h, b):
    def number(x, h, c, W_x, W_h, b):
        total = 0.0
        for t in range(x.shape[1]):
            _, _, _, o, memory, shown = forward(x[:, t], h, c, W_x, W_h, b)
            real = mask[:, [t]]
            h, c = np.where(real, o * shown, h), np.where(real, memory, c)
            total += np.sum(dh_all[:, t] * h)
        return total + np.sum(dh * h) + np.sum(dc * c)

    dx, dh0, dc0, *weights = by_complex_step(number, (x, h_before[:, 0], c_before[:, 0], W_x, W_h, b))
    return dx, dh0, dc0, *weights


def layer_backward_by_sentence(dh_all, dh, dc, x, mask, h_before, c_before, W_x, W_h, b):
    dx, grads = np.zeros_like(x), [np.zeros_like(W) for W in (W_x, W_h, b)]
    dh, dc = dh.copy(), dc.copy()
    for n in range(len(x)):
        for t in range(x.shape[1] - 1, -1, -1):
            dh[n] += dh_all[n, t]
            if mask[n, t]:
                read = x[n, [t]], h_before[n, [t]], c_before[n, [t]]
                dz, before = gradient_of_z(dh[[n]], dc[[n]], *read, W_x, W_h, b)
                dx[n, t], dh[n], dc[n] = dz[0] @ W_x.T, dz[0] @ W_h.T, before[0]
                for gradient, rows in zip(grads, (read[0].T, read[1].T, np.ones(1)), strict=True):
                    gradient += rows @ dz
    return dx, dh, dc, *grads


def layer_backward_with_products_last(dh_all, dh, dc, x, mask, h_before, c_before, W_x, W_h, b):
    dz_all = np.zeros((*mask.shape, len(b)))
    for t in reversed(range(mask.shape[1])):
        dh, real = dh + dh_all[:, t], mask[:, [t]]
        dz, before = gradient_of_z(dh, dc, x[:, t], h_before[:, t], c_before[:, t], W_x, W_h, b)
        dz_all[:, t] = np.where(real, dz, 0)
        dh, dc = np.where(real, dz @ W_h.T, dh), np.where(real, before, dc)
    rows = dz_all.reshape(-1, len(b))
    weights = [a.reshape(len(rows), -1).T @ rows for a in (x, h_before)]
    return dz_all @ W_x.T, dh, dc, *weights, rows.sum(axis=0)


def layer_backward_of_real_rows(dh_all, dh, dc, x, mask, h_before, c_before, W_x, W_h, b):
    dx, grads = np.zeros(x.shape), [np.zeros_like(W_x), np.zeros_like(W_h), np.zeros_like(b)]
    dh, dc = np.array(dh), np.array(dc)
    for t in range(x.shape[1])[::-1]:
        dh += dh_all[:, t]
        rows = np.flatnonzero(mask[:, t])
        read = x[rows, t], h_before[rows, t], c_before[rows, t], W_x, W_h, b
        dx[rows, t], dh[rows], dc[rows], *more = with_joined_weights(dh[rows], dc[rows], *read)
        grads = [one + other for one, other in zip(grads, more, strict=True)]
    return dx, dh, dc, *grads


def layer_backward_with(change):
    """A wrong gradient: right but for a change of the answer."""

    def function(*arguments):
        return change(*layer_backward_with_products_last(*arguments), arguments)

    return function


def last_state_at_the_last_word(dh_all, dh, dc, x, mask, *rest):
    """Adds the last state's gradient at the last column, and once more at the first."""
    dx, dh0, dc0, *weights = layer_backward_with_products_last(dh_all, dh, dc, x, mask, *rest)
    return dx, dh0 + dh, dc0 + dc, *weights


RIGHT = {
    "check_lstm_step": (gate_by_gate, unit_by_unit, with_columns, with_one_axis_more),
    "check_lstm_step_backward": (
        step_by_complex_step,
        sentence_by_sentence,
        with_joined_weights,
        through_tanh_alone,
    ),
    "check_numerical_gradient": (in_a_copy, along_rows_of_the_identity, with_an_iterator, by_recursion),
    "check_lstm_layer": (
        layer_by_sentence,
        layer_by_arithmetic,
        layer_of_real_rows,
        layer_with_inputs_first,
    ),
    "check_lstm_layer_backward": (
        layer_backward_by_complex_step,
        layer_backward_by_sentence,
        layer_backward_with_products_last,
        layer_backward_of_real_rows,
    ),
}
WRONG = {
    "check_lstm_step": {
        "input and forget gate are coupled": coupled,
        "the output gate also reads the memory": with_a_peephole,
        "the memory is bounded": bounded,
        "all sequences get the first one's state": lambda x, h, c, *W: gate_by_gate(x, 0 * h + h[0], c, *W),
        "the state is halved": lambda x, h, c, *W: gate_by_gate(x, h / 2, c, *W),
    },
    "check_lstm_step_backward": {
        "dz is clipped": from_dz(lambda dz: np.clip(dz, -0.1, 0.1)),
        "only the first sentence counts": from_dz(
            lambda dz: np.where(np.arange(len(dz))[:, None] == 0, dz, 0)
        ),
        "dz is divided by the batch": from_dz(lambda dz: dz / len(dz)),
        "dc_next skips the memory": memory_without_its_own_gradient,
        "dz is rolled by one column": from_dz(lambda dz: np.roll(dz, 1, axis=1)),
    },
    "check_numerical_gradient": {
        "four points in place of two": by_four_points,
        "only the first entry is nudged": of_the_first_entry,
        "the step is always 1e-5": lambda f, x, epsilon: in_a_copy(f, x, 1e-5),
        "whole rows are nudged": of_whole_rows,
    },
    "check_lstm_layer": {
        "padding moves the state halfway": layer_with(halfway),
        "padding lets the state fade": layer_with(faded),
        "the first word is skipped": layer_with(first_step_always),
        "outputs at padding are the first state": with_the_first_state_again,
        "the batch is read backwards": lambda x, mask, *rest: layer_by_arithmetic(x[::-1], mask, *rest),
    },
    "check_lstm_layer_backward": {
        "the last state's gradient is added at the first, too": last_state_at_the_last_word,
        "the last output's gradient counts twice": lambda dh_all, dh, *rest: (
            layer_backward_with_products_last(dh_all, dh + dh_all[:, -1], *rest)
        ),
        "dx is shifted by a step": layer_backward_with(
            lambda dx, dh, dc, dW_x, dW_h, db, given: (np.roll(dx, 1, axis=1), dh, dc, dW_x, dW_h, db)
        ),
        "the biases' gradient is that of the first step": lambda dh_all, dh, dc, x, mask, *rest: (
            *layer_backward_with_products_last(dh_all, dh, dc, x, mask, *rest)[:5],
            gradient_of_z(dh_all[:, 0], 0.0, x[:, 0], rest[0][:, 0], rest[1][:, 0], *rest[2:])[0].sum(axis=0),
        ),
    },
}
