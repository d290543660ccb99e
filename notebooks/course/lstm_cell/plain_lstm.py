"""A plain LSTM layer: the seven equations in a loop, and the backward pass line by line.

The bug hunt takes these two functions as text and spoils some of their lines, so one line holds one equation.
"""

import numpy as np

from lstm_lib.nn.activations import sigmoid


def forward(x, h, c, W_x, W_h, b):
    """Return all outputs, the last state, and what each step leaves for the backward pass.

    Args: x (B, T, E); h, c (B, H): the first state; W_x (E, 4H); W_h (H, 4H); b (4H,).
    """
    outputs, steps = [], []
    for x_t in x.swapaxes(0, 1):  # (B, E)
        z_i, z_f, z_g, z_o = np.split(x_t @ W_x + h @ W_h + b, 4, axis=1)
        i, f, o = sigmoid(z_i), sigmoid(z_f), sigmoid(z_o)
        g = np.tanh(z_g)
        c_new = f * c + i * g
        h_new = o * np.tanh(c_new)
        steps.append((x_t, h, c, i, f, g, o, c_new))
        outputs.append(h_new)
        h, c = h_new, c_new
    return np.stack(outputs, axis=1), h, c, steps


def backward(dh_all, dh, dc, steps, W_x, W_h):
    """Return the gradients of all arguments of `forward`.

    Args: dh_all (B, T, H): of the outputs; dh, dc (B, H): of the last state; steps: what `forward` left.
    """
    dx, dW_x, dW_h, db = [], 0, 0, 0
    for t in reversed(range(len(steps))):
        x_t, h, c, i, f, g, o, c_new = steps[t]
        dh = dh + dh_all[:, t]
        do = dh * np.tanh(c_new)
        dc = dc + dh * o * (1 - np.tanh(c_new) ** 2)
        df = dc * c
        di = dc * g
        dg = dc * i
        dz_i = di * i * (1 - i)
        dz_f = df * f * (1 - f)
        dz_g = dg * (1 - g**2)
        dz_o = do * o * (1 - o)
        dz = np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=1)
        dW_x = dW_x + x_t.T @ dz
        dW_h = dW_h + h.T @ dz
        db = db + dz.sum(axis=0)
        dx.insert(0, dz @ W_x.T)
        dh = dz @ W_h.T
        dc = dc * f
    return np.stack(dx, axis=1), dh, dc, dW_x, dW_h, db
