"""Cross-entropy over tokens: what the model thought of the word that was right."""

import numpy as np

from lstm_lib.nn.parameters import check_shape

# No logit counts as further than this below the largest one.  A probability of exp(-50) is as good as 0, but
# further down float32 turns subnormal, on which the matrix products that read the gradient run many times
# slower.
DEEPEST = -50.0


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """logits - log(sum(exp(logits))) over the last axis, shifted by the maximum so that nothing overflows."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(
    logits: np.ndarray, targets: np.ndarray, *, label_smoothing: float = 0.0, overwrite: bool = False
) -> tuple[float, float, np.ndarray]:
    """Mean negative log-likelihood of the targets, and its gradient.

        loss = - mean_n sum_v q_nv log p_nv,    p = softmax(logits),    dlogits = (p - q) / N

    where q puts 1 - s on the target and spreads s evenly over all V (label smoothing s; Szegedy et al.,
    2016).  Rows are tokens: give only real ones (`hidden[mask]`), so that padding can weigh nothing.

    Args:
        logits: (N, V).
        targets: (N) integers.
        label_smoothing: s, from 0 up to, but not including, 1.
        overwrite: let dlogits take logits' place; a batch's logits are its largest array.
    Returns:
        loss a token in nats; the same without smoothing, from which perplexity comes; dlogits (N, V).
    Raises:
        ValueError: on shapes that do not fit, no tokens at all, or targets or a label_smoothing out of range.
    """
    check_shape("logits", logits, None, None)
    check_shape("targets", targets, len(logits))
    if not len(targets):
        raise ValueError("targets is empty; wanted at least one token")
    if not 0.0 <= label_smoothing < 1.0:
        raise ValueError(f"label_smoothing is {label_smoothing}; wanted 0 up to, but not including, 1")
    count, size = logits.shape
    if targets.min() < 0 or targets.max() >= size:
        raise ValueError(f"targets run from {targets.min()} to {targets.max()}; wanted 0 to {size - 1}")
    rows = np.arange(count)
    p = logits if overwrite else logits.copy()
    p -= p.max(axis=1, keepdims=True)
    target_logits, mean_logits = p[rows, targets], p.mean(axis=1) if label_smoothing else 0.0
    np.maximum(p, DEEPEST, out=p)
    np.exp(p, out=p)
    total = p.sum(axis=1, keepdims=True)
    log_total = np.log(total[:, 0])
    nll = np.mean(log_total - target_logits, dtype=np.float64)
    loss = (1 - label_smoothing) * nll + label_smoothing * np.mean(log_total - mean_logits, dtype=np.float64)

    p *= 1 / (total * count)
    p[rows, targets] -= (1 - label_smoothing) / count
    if label_smoothing:
        p -= label_smoothing / (size * count)
    return float(loss), float(nll), p
