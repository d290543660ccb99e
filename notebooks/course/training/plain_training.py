"""A whole training loop in plain lines, which the bug hunt of notebook 10 spoils."""

import numpy as np


def fit(loss_and_grads, params, x, y, dev, epochs, batch_size, peak, warmup, max_norm, patience, rng):
    """Train with Adam, warm-up, clipping and early stopping.

    Args: loss_and_grads: of parameters, a batch's x and y, and a generator, or None for evaluation; params:
        by name; x, y: the training part; dev: (x, y); epochs, batch_size, patience; peak: the learning rate
        after `warmup` updates; max_norm: of the gradients; rng.
    Returns: the parameters with the lowest development loss; (epoch, training loss) of each update.
    """
    m = {name: np.zeros_like(p) for name, p in params.items()}
    v = {name: np.zeros_like(p) for name, p in params.items()}
    t, best_loss, best, stale, losses = 0, np.inf, dict(params), 0, []
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            loss, grads = loss_and_grads(params, x[rows], y[rows], rng)
            losses.append((epoch, loss))
            norm = np.sqrt(sum(np.sum(g**2) for g in grads.values()))
            factor = min(1.0, max_norm / norm)
            t = t + 1
            rate = peak * min(1.0, t / warmup)
            for name in params:
                g = grads[name] * factor
                m[name] = 0.9 * m[name] + 0.1 * g
                v[name] = 0.99 * v[name] + 0.01 * g**2
                m_hat, v_hat = m[name] / (1 - 0.9**t), v[name] / (1 - 0.99**t)
                params[name] = params[name] - rate * m_hat / (np.sqrt(v_hat) + 1e-8)
        dev_loss, _ = loss_and_grads(params, *dev, None)
        if dev_loss < best_loss:
            best_loss, best, stale = dev_loss, dict(params), 0
        else:
            stale = stale + 1
        if stale == patience:
            break
    return best, losses
