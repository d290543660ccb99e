"""Submissions for the exercises on vectorizing: each makes as few products, or calls of tanh, as it may."""

import numpy as np

# All inputs at once


def projected_flat(x, W_x, b):
    flat = np.reshape(x, (-1, len(W_x)))
    return np.reshape(np.dot(flat, W_x), (x.shape[0], x.shape[1], len(b))) + b


def projected_with_a_column_of_ones(x, W_x, b):
    ones = np.ones((*x.shape[:2], 1))
    rows = np.concatenate([x, ones], axis=2).reshape(-1, x.shape[2] + 1)
    return (rows @ np.vstack([W_x, b])).reshape(len(x), -1, len(b))


def projected_by_columns(x, W_x, b):
    rows = x.reshape(x.shape[0] * x.shape[1], -1)
    return ((W_x.T @ rows.T).T + b[np.newaxis]).reshape(*x.shape[:-1], -1)


def projected_step_major(x, W_x, b):
    T, B = x.shape[1], x.shape[0]
    rows = np.concatenate([x[:, t] for t in range(T)])
    return np.stack(np.split(rows @ W_x + b, T)).transpose(1, 0, 2).reshape(B, T, -1)


def projected_into(x, W_x, b):
    z = np.empty((x.shape[0] * x.shape[1], W_x.shape[1]))
    np.matmul(x.reshape(len(z), -1), W_x, out=z)
    z += b
    return z.reshape(len(x), x.shape[1], -1)


# The weights' gradients


def rows(a):
    return a.reshape(-1, a.shape[-1])


def before(h):
    return np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)


def gradients_of_later_steps(x, h, dz):
    """The first step read a state of zeros, so it adds nothing to dW_h."""
    H = h.shape[2]
    dW_h = h[:, :-1].reshape(-1, H).T @ dz[:, 1:].reshape(-1, dz.shape[2])
    return rows(x).T @ rows(dz), dW_h, dz.sum(axis=(0, 1))


def gradients_in_one_product(x, h, dz):
    read = np.concatenate([x, before(h), np.ones((*x.shape[:2], 1))], axis=2)
    dW = rows(read).T @ rows(dz)
    return dW[: x.shape[2]], dW[x.shape[2] : -1], dW[-1]


def gradients_transposed(x, h, dz):
    shifted = np.zeros_like(h)
    shifted[:, 1:] = h[:, :-1]
    columns = rows(dz).T
    return (columns @ rows(x)).T, (columns @ rows(shifted)).T, np.add.reduce(columns, axis=1)


def gradients_step_major(x, h, dz):
    def stacked(a):
        return np.concatenate(list(a.swapaxes(0, 1)))

    return (
        stacked(x).T @ stacked(dz),
        stacked(np.roll(h, 1, axis=1) * later(h)).T @ stacked(dz),
        stacked(dz).sum(0),
    )


def later(h):
    return (np.arange(h.shape[1]) > 0)[:, np.newaxis]


def gradients_of(change):
    """Wrong gradients.  Args: change: of x, the states before and dz."""
    return lambda x, h, dz: gradients_in_one_product(*change(x, h, dz))


# One tanh for four gates


def gates_with_a_copy(z):
    H = z.shape[1] // 4
    scaled = z.copy()
    scaled[:, : 2 * H] /= 2
    scaled[:, 3 * H :] /= 2
    a = np.tanh(scaled)
    i, f, g, o = a[:, :H], a[:, H : 2 * H], a[:, 2 * H : 3 * H], a[:, 3 * H :]
    return (i + 1) / 2, (f + 1) / 2, g, (o + 1) / 2


def gates_on_an_axis(z):
    four = z.reshape(len(z), 4, -1).swapaxes(0, 1)
    half = np.array([1, 1, 2, 1]).reshape(4, 1, 1) / 2
    return list(half * np.tanh(half * four) + (1 - half))


def gates_with_where(z):
    is_candidate = np.arange(z.shape[1]) // (z.shape[1] // 4) == 2
    t = np.tanh(np.where(is_candidate, z, z / 2))
    return np.hsplit(np.where(is_candidate, t, (1 + t) / 2), 4)


def gates_by_doubling(z):
    """Half of everything first; the candidate's tanh of 2 a is 2 t / (1 + t^2)."""
    i, f, g, o = np.split(np.tanh(z / 2), 4, axis=1)
    return 0.5 + i / 2, 0.5 + f / 2, 2 * g / (1 + g * g), 0.5 + o / 2


def gates_of(inner, outer, shift):
    """Wrong gates.  Args: one number for each of the four, i, f, g, o."""

    def function(z):
        H = z.shape[1] // 4
        inner_, outer_, shift_ = (np.repeat(np.array(some, float), H) for some in (inner, outer, shift))
        return np.split(np.tanh(z * inner_) * outer_ + shift_, 4, axis=1)

    return function


RIGHT = {
    "check_project_all": (
        projected_flat,
        projected_with_a_column_of_ones,
        projected_by_columns,
        projected_step_major,
        projected_into,
    ),
    "check_weight_gradients": (
        gradients_of_later_steps,
        gradients_in_one_product,
        gradients_transposed,
        gradients_step_major,
    ),
    "check_fused_gates": (gates_with_a_copy, gates_on_an_axis, gates_with_where, gates_by_doubling),
}
WRONG = {
    "check_project_all": {
        "a running sum over the steps": lambda x, W_x, b: np.cumsum(projected_flat(x, W_x, b), axis=1),
        "the sentences are in reverse": lambda x, W_x, b: projected_flat(x[::-1], W_x, b),
        "the steps are in reverse": lambda x, W_x, b: projected_flat(x[:, ::-1], W_x, b),
        "the bias is added at the first step alone": lambda x, W_x, b: (
            projected_flat(x, W_x, 0 * b) + b * (np.arange(x.shape[1]) == 0)[:, np.newaxis]
        ),
    },
    "check_weight_gradients": {
        "the states of the sentence before": gradients_of(lambda x, h, dz: (x, np.roll(h, 1, axis=0), dz)),
        "the states two steps before": gradients_of(lambda x, h, dz: (x, before(h), dz)),
        "only the first sentence": gradients_of(lambda x, h, dz: (x[:1], h[:1], dz[:1])),
        "dz is reversed in time": gradients_of(lambda x, h, dz: (x, h, dz[:, ::-1])),
        "products of absolute values": gradients_of(lambda x, h, dz: (abs(x), abs(h), dz)),
    },
    "check_fused_gates": {
        "gates from 0 to 2": gates_of((0.5, 0.5, 1, 0.5), (1, 1, 1, 1), (1, 1, 0, 1)),
        "the output gate alone is not scaled": gates_of(
            (0.5, 0.5, 1, 1), (0.5, 0.5, 1, 0.5), (0.5, 0.5, 0, 0.5)
        ),
        "gates are mirrored": gates_of((-0.5, -0.5, 1, -0.5), (0.5, 0.5, 1, 0.5), (0.5, 0.5, 0, 0.5)),
        "the slope is twice as steep": gates_of((2, 2, 1, 2), (0.5, 0.5, 1, 0.5), (0.5, 0.5, 0, 0.5)),
        "gates of all units are the first one's": lambda z: [
            gate[:, :1] + 0 * gate for gate in gates_with_where(z)
        ],
    },
}
