"""Cross-entropy over tokens: how little probability the model gave to the right word."""

from collections.abc import Iterator

import numpy as np

from lstm_lib.limits import Rate, check
from lstm_lib.nn.layers import check_floats, check_ids, check_shape

# No logit counts as further than this below the largest one.  A probability of exp(-50) is as good as 0, but
# further down float32 turns subnormal, which slows the products that read the gradient down many times.
DEEPEST = -50.0
BLOCK_SIZE = 1 << 17  # logits at a time, 512 KB of float32, so that all passes over them stay in the cache


def log_softmax(logits: np.ndarray, *, overwrite: bool = False) -> np.ndarray:
    """Compute logits - log(sum(exp(logits))) over the last axis, so that nothing overflows.

    Args: logits (N, V); overwrite: let the result take their place.  Returns: log p (N, V).
    """
    check_floats("logits", logits, None, None)
    log_p = logits if overwrite else logits.copy()
    for block in row_blocks(log_p):
        p = log_p[block]
        p -= p.max(axis=1, keepdims=True)
        p -= np.log(np.exp(p).sum(axis=1, keepdims=True))
    return log_p


def row_blocks(logits: np.ndarray) -> Iterator[slice]:
    """Return slices of a few rows at a time."""
    rows = max(1, BLOCK_SIZE // logits.shape[1])
    return (slice(start, start + rows) for start in range(0, len(logits), rows))


def cross_entropy(
    logits: np.ndarray, targets: np.ndarray, *, label_smoothing: float = 0.0, overwrite: bool = False
) -> tuple[float, float, np.ndarray]:
    """Compute the mean negative log-likelihood of the targets, and its gradient.

        loss = - mean_n sum_v q_nv log p_nv,    p = softmax(logits),    dlogits = (p - q) / N

    where q puts 1 - s on the target and spreads s evenly over all V (label smoothing; Szegedy et al., 2016).
    Rows are tokens: give only real ones (`hidden[mask]`), so that padding can weigh nothing.

    Args: logits (N, V); targets (N) integers; label_smoothing: s, 0 <= s < 1; overwrite: let dlogits take the
        place of logits, a batch's largest array.
    Returns: loss per token in nats; the same without smoothing, from which perplexity comes; dlogits (N, V).
    Raises: ValueError on shapes that do not fit, no tokens, or targets or a label_smoothing that cannot be.
    """
    check_floats("logits", logits, None, None)
    check_shape("targets", targets, len(logits))
    if not len(targets):
        raise ValueError("targets is empty; wanted at least one token")
    check("label_smoothing", label_smoothing, Rate)
    count, size = logits.shape
    check_ids("targets", targets, size)
    dlogits = logits if overwrite else logits.copy()
    nll, uniform = 0.0, 0.0
    for block in row_blocks(dlogits):
        sums = _cross_entropy_block(dlogits[block], targets[block], label_smoothing, count)
        nll, uniform = nll + sums[0] / count, uniform + sums[1] / count
    return (1 - label_smoothing) * nll + label_smoothing * uniform, nll, dlogits


def _cross_entropy_block(p: np.ndarray, targets: np.ndarray, smoothing: float, count: int):
    """Turn some rows of logits into those of the gradient, in place.

    Returns: the sum over these rows of -log p of the target; that of the mean of -log p over all words.
    """
    rows, size = np.arange(len(p)), p.shape[1]
    ones = np.ones(size, p.dtype)  # a product with it sums rows in a fraction of the time of `sum`
    p -= p.max(axis=1, keepdims=True)
    target_logits, mean_logits = p[rows, targets], p @ ones / size if smoothing else 0.0
    if p.min() < DEEPEST:
        np.maximum(p, DEEPEST, out=p)
    np.exp(p, out=p)
    total = p @ ones
    log_total = np.log(total)

    p *= 1 / (total[:, None] * count)
    if smoothing:
        p -= smoothing / (size * count)
    p[rows, targets] -= (1 - smoothing) / count
    nll, uniform = (np.sum(log_total - some, dtype=np.float64) for some in (target_logits, mean_logits))
    return float(nll), float(uniform)
