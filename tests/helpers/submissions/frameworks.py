"""Submissions for the exercises on comparing frameworks and moving weights."""

import statistics

import numpy as np

# Round by round


def ratio_by_sorting(ours, theirs):
    ratios = sorted(a / b for a, b in zip(ours[1:], theirs[1:], strict=True))
    n = len(ratios)
    return (ratios[(n - 1) // 2] + ratios[n // 2]) / 2


def ratio_by_statistics(ours, theirs):
    pairs = list(zip(ours.tolist(), theirs.tolist(), strict=True))[1:]
    return statistics.median([mine / other for mine, other in pairs])


def ratio_by_quantile(ours, theirs):
    return np.quantile(np.delete(ours, 0) / np.delete(theirs, 0), 0.5)


def ratio_by_removing_pairs(ours, theirs):
    """Removes the smallest and the largest until one or two are left."""
    left = list(np.divide(ours, theirs)[1:])
    while len(left) > 2:
        left.remove(max(left))
        left.remove(min(left))
    return np.mean(left)


def ratio_of(number):
    return lambda ours, theirs: number(ours[1:] / theirs[1:])


# To PyTorch


def torch_in_halves(W_x, W_h, b):
    return np.swapaxes(W_x, 0, 1), np.swapaxes(W_h, 0, 1), b / 2, b / 2


def torch_by_einsum(W_x, W_h, b):
    return [*(np.einsum("ij->ji", W) for W in (W_x, W_h)), np.zeros(len(b)), b]


def torch_column_by_column(W_x, W_h, b):
    columns = [[W[:, k] for k in range(W.shape[1])] for W in (W_x, W_h)]
    return np.stack(columns[0]), np.stack(columns[1]), b.copy(), 0 * b


def torch_gate_by_gate(W_x, W_h, b):
    H = len(W_h)
    blocks = [slice(k * H, (k + 1) * H) for k in range(4)]
    weights = [np.concatenate([W[:, block].T for block in blocks]) for W in (W_x, W_h)]
    return *weights, np.concatenate([b[block] for block in blocks]), np.zeros(4 * H)


def torch_with(change):
    """Wrong weights.  Args: change: of the right ones."""
    return lambda *given: change(*torch_gate_by_gate(*given))


def flipped_in_gates(a, H):
    """The units of each gate in reverse; gates are rows."""
    return np.concatenate([a[k * H : (k + 1) * H][::-1] for k in range(len(a) // H)])


# To Keras


def keras_by_index(W_x, W_h, b, b_h):
    H = len(b_h)
    order = np.r_[H : 2 * H, 0:H, 2 * H : 3 * H]
    second = np.zeros(3 * H)
    second[2 * H :] = b_h
    return W_x[:, order], W_h[:, order], np.array([b[order], second])


def keras_on_an_axis(W_x, W_h, b, b_h):
    def moved(W):
        return W.reshape(*W.shape[:-1], 3, -1)[..., [1, 0, 2], :].reshape(W.shape)

    bias = np.stack([moved(b), np.hstack([0 * b_h, 0 * b_h, b_h])])
    return moved(W_x), moved(W_h), bias


def keras_by_swapping(W_x, W_h, b, b_h):
    H, arrays = len(b_h), [W_x.copy(), W_h.copy(), np.vstack([b, np.zeros(3 * len(b_h))])]
    for a in arrays:
        a[:, :H], a[:, H : 2 * H] = a[:, H : 2 * H].copy(), a[:, :H].copy()
    arrays[2][1, 2 * H :] = b_h
    return arrays


def keras_by_a_permutation(W_x, W_h, b, b_h):
    """A matrix that moves the columns."""
    P = np.kron(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]]), np.eye(len(b_h)))
    return W_x @ P, W_h @ P, np.stack([b, np.concatenate([np.zeros(2 * len(b_h)), b_h])]) @ P


def keras_with(change):
    return lambda *given: change(*keras_by_index(*given))


RIGHT = {
    "check_fair_ratio": (
        ratio_by_sorting,
        ratio_by_statistics,
        ratio_by_quantile,
        ratio_by_removing_pairs,
    ),
    "check_weight_transfer": (
        torch_in_halves,
        torch_by_einsum,
        torch_column_by_column,
        torch_gate_by_gate,
    ),
    "check_gru_transfer": (keras_by_index, keras_on_an_axis, keras_by_swapping, keras_by_a_permutation),
}
WRONG = {
    "check_fair_ratio": {
        "the first quarter": ratio_of(lambda ratios: np.quantile(ratios, 0.25)),
        "the middle of the range": ratio_of(lambda ratios: (ratios.min() + ratios.max()) / 2),
        "the harmonic mean": ratio_of(lambda ratios: 1 / np.mean(1 / ratios)),
        "the last round alone": ratio_of(lambda ratios: ratios[-1]),
        "two rounds warm up": lambda ours, theirs: np.median(ours[2:] / theirs[2:]),
        "the lower of two middle ones": ratio_of(lambda ratios: np.sort(ratios)[(len(ratios) - 1) // 2]),
    },
    "check_weight_transfer": {
        "the units of each gate are in reverse": torch_with(
            lambda W_x, W_h, b, zeros: (*(flipped_in_gates(a, W_h.shape[1]) for a in (W_x, W_h, b)), zeros)
        ),
        "the inputs are in reverse": torch_with(lambda W_x, W_h, b, zeros: (W_x[:, ::-1], W_h, b, zeros)),
        "the biases are those of the next unit": torch_with(
            lambda W_x, W_h, b, zeros: (W_x, W_h, np.roll(b, 1), zeros)
        ),
        "the forget gate gets a bias of 1": torch_with(
            lambda W_x, W_h, b, zeros: (
                W_x,
                W_h,
                b + (np.arange(len(b)) // W_h.shape[1] == 1),
                zeros,
            )
        ),
        "the weights are halved": torch_with(lambda W_x, W_h, b, zeros: (W_x / 2, W_h / 2, b, zeros)),
    },
    "check_gru_transfer": {
        "the second bias is negative": keras_with(
            lambda W_x, W_h, bias: (W_x, W_h, bias * np.array([[1], [-1]]))
        ),
        "the units are in reverse": keras_with(
            lambda W_x, W_h, bias: (W_x, W_h, bias.reshape(2, 3, -1)[:, :, ::-1].reshape(2, -1))
        ),
        "the candidate's weights are halved": keras_with(
            lambda W_x, W_h, bias: (
                W_x * np.where(np.arange(W_x.shape[1]) // len(W_h) == 2, 0.5, 1),
                W_h,
                bias,
            )
        ),
        "the update gate is mirrored": keras_with(
            lambda W_x, W_h, bias: tuple(
                a * np.where(np.arange(a.shape[1]) < len(W_h), -1, 1) for a in (W_x, W_h, bias)
            )
        ),
        "the states are in reverse": keras_with(lambda W_x, W_h, bias: (W_x, W_h[::-1], bias)),
    },
}
