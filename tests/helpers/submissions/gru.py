"""Submissions for the exercises on the GRU."""

import numpy as np
from scipy.special import expit


def sigma(z):
    return 1 / (1 + np.exp(-z))


# One step


def step_by_blocks(x, h, W_x, W_h, b, b_h):
    H = h.shape[1]
    r = sigma(x @ W_x[:, :H] + h @ W_h[:, :H] + b[:H])
    u = sigma(x @ W_x[:, H : 2 * H] + h @ W_h[:, H : 2 * H] + b[H : 2 * H])
    n = np.tanh(x @ W_x[:, 2 * H :] + b[2 * H :] + r * (h @ W_h[:, 2 * H :] + b_h))
    return n + u * (h - n)


def step_unit_by_unit(x, h, W_x, W_h, b, b_h):
    (B, H), new = h.shape, np.empty(h.shape)
    for k in range(B):
        for j in range(H):
            from_x = [x[k] @ W_x[:, g * H + j] + b[g * H + j] for g in range(3)]
            from_h = [h[k] @ W_h[:, g * H + j] for g in range(3)]
            r, u = (1 / (1 + np.exp(-from_x[g] - from_h[g])) for g in (0, 1))
            new[k, j] = (1 - u) * np.tanh(from_x[2] + r * (from_h[2] + b_h[j])) + u * h[k, j]
    return new


def step_with_columns(x, h, W_x, W_h, b, b_h):
    a, c = (W_x.T @ x.T + b[:, None]).reshape(3, -1, len(x)), (W_h.T @ h.T).reshape(3, -1, len(h))
    r, u = expit(a[:2] + c[:2])
    return ((1 - u) * np.tanh(a[2] + r * (c[2] + b_h[:, None])) + u * h.T).T


def step_with_einsum(x, h, W_x, W_h, b, b_h):
    H = len(b_h)
    a = np.einsum("be,ekh->kbh", x, W_x.reshape(-1, 3, H)) + b.reshape(3, 1, H)
    c = np.einsum("bi,ikh->kbh", h, W_h.reshape(H, 3, H)) + np.stack([0 * b_h, 0 * b_h, b_h])[:, None]
    gates = 0.5 + 0.5 * np.tanh((a[:2] + c[:2]) / 2)
    mixed = np.stack([np.tanh(a[2] + gates[0] * c[2]), h])
    return np.einsum("kbh,kbh->bh", np.stack([1 - gates[1], gates[1]]), mixed)


def step_with(state):
    """A wrong step.  Args: state: made of r, u, what comes from x and from h, and the old state."""

    def function(x, h, W_x, W_h, b, b_h):
        x_r, x_u, x_n = np.split(x @ W_x + b, 3, axis=1)
        h_r, h_u, h_n = np.split(h @ W_h, 3, axis=1)
        return state(sigma(x_r + h_r), sigma(x_u + h_u), x_n, h_n + b_h, h)

    return function


# The gradient of the state


def gradient_in_one_product(dh_new, h, r, u, n, past, W_h):
    dz_n = dh_new * (1 - u) * (1 - n**2)
    dz = np.hstack([dz_n * past * r * (1 - r), dh_new * (h - n) * u * (1 - u), dz_n * r])
    return dh_new * u + dz @ W_h.T


def gradient_by_unit(dh_new, h, r, u, n, past, W_h):
    (B, H), dh = h.shape, dh_new * u
    for k in range(B):
        for j in range(H):
            dz_n = dh_new[k, j] * (1 - u[k, j]) * (1 - n[k, j] ** 2)
            dh[k] += W_h[:, j] * dz_n * past[k, j] * r[k, j] * (1 - r[k, j])
            dh[k] += W_h[:, H + j] * dh_new[k, j] * (h[k, j] - n[k, j]) * u[k, j] * (1 - u[k, j])
            dh[k] += W_h[:, 2 * H + j] * dz_n * r[k, j]
    return dh


def gradient_by_jacobians(dh_new, h, r, u, n, past, W_h):
    """A matrix of derivatives of the new state by the old one, for each sequence."""
    found = []
    for k in range(len(h)):
        W_r, W_u, W_n = (W.T for W in np.hsplit(W_h, 3))
        of_n = (1 - n[k] ** 2)[:, None] * ((past[k] * r[k] * (1 - r[k]))[:, None] * W_r + r[k][:, None] * W_n)
        of_u = (u[k] * (1 - u[k]))[:, None] * W_u
        found.append(dh_new[k] @ (np.diag(u[k]) + (1 - u[k])[:, None] * of_n + (h[k] - n[k])[:, None] * of_u))
    return found


def gradient_by_complex_step(dh_new, h, r, u, n, past, W_h):
    """Linear around the given values: gates and candidate move along their slopes."""
    dh = np.empty(h.shape)
    W_r, W_u, W_n = np.hsplit(W_h, 3)
    for j in range(h.shape[1]):
        nudge = 1e-30j * (np.arange(h.shape[1]) == j)
        r_now = r + r * (1 - r) * (nudge @ W_r)
        u_now = u + u * (1 - u) * (nudge @ W_u)
        n_now = n + (1 - n**2) * (r_now * (past + nudge @ W_n) - r * past)
        dh[:, j] = np.sum(dh_new * ((1 - u_now) * n_now + u_now * (h + nudge)), axis=1).imag / 1e-30
    return dh


def gradient_with(parts):
    """A wrong gradient.  Args: parts: makes dz_r, dz_u, d past and the direct path of the arguments."""

    def function(dh_new, h, r, u, n, past, W_h):
        dz_r, dz_u, dpast, direct = parts(dh_new, h, r, u, n, past)
        return direct + np.hstack([dz_r, dz_u, dpast]) @ W_h.T

    return function


def right_parts(dh_new, h, r, u, n, past):
    dz_n = dh_new * (1 - u) * (1 - n**2)
    return dz_n * past * r * (1 - r), dh_new * (h - n) * u * (1 - u), dz_n * r, dh_new * u


def by_new_state(dh_new, h, r, u, n, past):
    """The update gate's slope meets the new state in place of the old one."""
    dz_r, _, dpast, direct = right_parts(dh_new, h, r, u, n, past)
    return dz_r, dh_new * ((1 - u) * n + u * h - n) * u * (1 - u), dpast, direct


# Counting


def counted_by_shapes(E, H):
    shapes = [(E, 3 * H), (H, 3 * H), (3 * H,), (H,)]
    return sum(int(np.prod(shape)) for shape in shapes)


def counted_by_gate(E, H):
    total = 0
    for gate in "run":
        total += E * H + H * H + H + (H if gate == "n" else 0)
    return total


def counted_in_arrays(E, H):
    arrays = np.zeros((E, 3 * H)), np.zeros((H, 3 * H)), np.zeros(3 * H), np.zeros(H)
    return sum(array.size for array in arrays)


def counted_by_unit(E, H):
    return H * (3 * (E + H) + 4)


RIGHT = {
    "check_gru_step": (step_by_blocks, step_unit_by_unit, step_with_columns, step_with_einsum),
    "check_gru_state_backward": (
        gradient_in_one_product,
        gradient_by_unit,
        gradient_by_jacobians,
        gradient_by_complex_step,
    ),
    "check_gru_parameters": (counted_by_shapes, counted_by_gate, counted_in_arrays, counted_by_unit),
}
WRONG = {
    "check_gru_step": {
        "the update gate is squared": step_with(
            lambda r, u, x_n, past, h: (1 - u**2) * np.tanh(x_n + r * past) + u**2 * h
        ),
        "the reset gate also closes the direct path": step_with(
            lambda r, u, x_n, past, h: (1 - u) * np.tanh(x_n + r * past) + u * r * h
        ),
        "the candidate's past is squared": step_with(
            lambda r, u, x_n, past, h: (1 - u) * np.tanh(x_n + r * past**2) + u * h
        ),
        "the shares do not sum to 1": step_with(
            lambda r, u, x_n, past, h: (1 - r) * np.tanh(x_n + r * past) + u * h
        ),
        "all sequences get the first one's state": lambda x, h, *W: step_by_blocks(x, 0 * h + h[0], *W),
    },
    "check_gru_state_backward": {
        "the update gate meets the new state": gradient_with(by_new_state),
        "the gates' paths are halved": gradient_with(
            lambda *given: [0.5 * part for part in right_parts(*given)[:3]] + [right_parts(*given)[3]]
        ),
        "the gradient is clipped": lambda *given: np.clip(gradient_in_one_product(*given), -0.3, 0.3),
        "the mean over the batch": lambda *given: gradient_in_one_product(*given) / len(given[0]),
        "weights are used by their size": lambda *given: gradient_in_one_product(*given[:-1], abs(given[-1])),
    },
    "check_gru_parameters": {
        "two layers": lambda E, H: counted_by_unit(E, H) + counted_by_unit(H, H),
        "an output layer as well": lambda E, H: counted_by_unit(E, H) + H * (E + 1),
        "both directions": lambda E, H: 2 * counted_by_unit(E, H),
        "only the gates": lambda E, H: 2 * H * (E + H + 1),
        "a sum in place of a product": lambda E, H: 3 * (E + H + 1) + H,
    },
}
