"""The same weights in the layouts of PyTorch and Keras, and back.  Pure NumPy: neither framework is needed.

`params` are those of one recurrent layer, of a `Bidirectional` or of a `Stacked`.  The layouts of a cell:

|                          | here               | PyTorch          | Keras                         |
| ------------------------ | ------------------ | ---------------- | ----------------------------- |
| matrices                 | (in, gates H)      | (gates H, in)    | (in, gates H)                 |
| gates of an LSTM         | i, f, g, o         | i, f, g, o       | i, f, c (our g), o            |
| gates of a GRU           | r, u, n            | r, z (our u), n  | z (our u), r, h (our n)       |
| biases                   | b                  | bias_ih, bias_hh | b                             |
| of a GRU, reset after    | b, b_h (candidate) | bias_ih, bias_hh | the two rows of one (2, 3H) b |

Two biases that are only added are one bias here: what comes from a framework is their sum, and what goes to
one is all in the first.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lstm_lib.nn.layers import Params, check_shape, join

Weights = Mapping[str, np.ndarray]
TORCH_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def to_torch(params: Weights) -> Params:
    """Convert our parameters to those of `torch.nn.LSTM`, `GRU` or `RNN`, weight_ih_l0 to bias_hh_l1_reverse.

    Args: params: of one layer, a Bidirectional or a Stacked.
    Returns: fresh arrays, one for each entry of the module's state_dict.
    Raises: ValueError for a GRU that resets before the product, which PyTorch doesn't have.
    """
    return {
        f"{name}_{_torch_place(prefix)}": array
        for prefix, cell in _cells(params).items()
        for name, array in zip(TORCH_NAMES, _cell_to_torch(cell), strict=True)
    }


def from_torch(weights: Weights, like: Weights) -> Params:
    """Convert PyTorch's parameters to ours: the inverse of `to_torch`.

    Args: weights: a state_dict of NumPy arrays or CPU tensors; like: the `params` of the layer to get them.
    Returns: fresh arrays with the keys and shapes of `like`.
    Raises: ValueError where names or shapes are not those of `like`.
    """
    wanted = to_torch(like)
    if set(weights) != set(wanted):
        raise ValueError(f"weights are named {sorted(weights)}; wanted {sorted(wanted)}")
    for name, array in wanted.items():
        check_shape(f"weights[{name!r}]", weights[name], *array.shape)
    cells = {}
    for prefix, cell in _cells(like).items():
        arrays = (np.asarray(weights[f"{name}_{_torch_place(prefix)}"]) for name in TORCH_NAMES)
        W_x, W_h, *biases = arrays
        matrices = {"W_x": np.array(W_x.T, order="C"), "W_h": np.array(W_h.T, order="C")}
        cells[prefix] = matrices | _one_bias(*biases, cell)
    return _named_like(like, cells)


def to_keras(params: Weights) -> list[np.ndarray]:
    """Convert our parameters to the list that a Keras layer's `set_weights` takes.

    Args: params: of one layer, a Bidirectional (forward, then backward) or a Stacked (a Sequential of those).
    Returns: fresh arrays: kernel, recurrent kernel and bias of each cell.
    """
    return [array for cell in _cells(params).values() for array in _cell_to_keras(cell)]


def from_keras(weights: Sequence[np.ndarray], like: Weights) -> Params:
    """Convert Keras's weights to our parameters: the inverse of `to_keras`.

    Args: weights: a layer's `get_weights()`; like: the `params` of the layer to get them.
    Returns: fresh arrays with the keys and shapes of `like`.
    Raises: ValueError where number or shapes are not those of `like`.
    """
    wanted = to_keras(like)
    if len(weights) != len(wanted):
        raise ValueError(f"weights has {len(weights)} arrays; wanted {len(wanted)}")
    for k, array in enumerate(wanted):
        check_shape(f"weights[{k}]", weights[k], *array.shape)
    cells, rest = {}, iter(weights)
    for prefix, cell in _cells(like).items():
        W_x, W_h, b = (_swap_gates(next(rest), cell) for _ in range(3))
        cells[prefix] = {"W_x": W_x, "W_h": W_h} | (_one_bias(*b, cell) if "b_h" in cell else {"b": b})
    return _named_like(like, cells)


# One cell


def _cell_to_torch(cell: Weights) -> list[np.ndarray]:
    if _is_gru(cell) and "b_h" not in cell:
        raise ValueError("params are of a GRU that resets before the product; PyTorch's resets after it")
    arrays = (cell["W_x"].T, cell["W_h"].T, cell["b"], _recurrent_bias(cell))
    return [np.array(array, order="C") for array in arrays]


def _cell_to_keras(cell: Weights) -> list[np.ndarray]:
    b = np.stack([cell["b"], _recurrent_bias(cell)]) if "b_h" in cell else cell["b"]
    return [_swap_gates(array, cell) for array in (cell["W_x"], cell["W_h"], b)]


def _is_gru(cell: Weights) -> bool:
    size, width = cell["W_h"].shape
    return width == 3 * size


def _swap_gates(array: np.ndarray, cell: Weights) -> np.ndarray:
    """Reorder a GRU's r, u, n to Keras's z, r, h along the last axis, or back; copy other arrays."""
    if not _is_gru(cell):
        return array.copy()
    first, second, candidate = np.split(array, 3, axis=-1)
    return np.concatenate([second, first, candidate], axis=-1)


def _recurrent_bias(cell: Weights) -> np.ndarray:
    """The second bias (gates H), zero except in the part that the reset gate acts on."""
    bias = np.zeros_like(cell["b"])
    if "b_h" in cell:
        bias[-len(cell["b_h"]) :] = cell["b_h"]
    return bias


def _one_bias(first: np.ndarray, second: np.ndarray, cell: Weights) -> Params:
    """Two biases (gates H) as ours: their sum, except in the part that the reset gate acts on."""
    b = np.where(second == 0, first, first + second)  # -0 + 0 would be 0
    if "b_h" not in cell:
        return {"b": b}
    candidate = slice(-len(cell["b_h"]), None)
    b[candidate] = first[candidate]
    return {"b": b, "b_h": second[candidate].copy()}


# Cells in layers


def _cells(params: Weights) -> dict[str, Params]:
    """The parameters of each cell by its prefix ("", "backward", "0", "1.forward"), lowest layer first."""
    cells: dict[str, Params] = {}
    for key, array in params.items():
        prefix, _, name = key.rpartition(".")
        cells.setdefault(prefix, {})[name] = array
    return {prefix: cells[prefix] for prefix in sorted(cells, key=_place)}


def _place(prefix: str) -> tuple[int, bool]:
    """The layer of a cell, and whether it reads backward."""
    layer, *direction = prefix.split(".") if prefix[:1].isdigit() else (0, prefix)
    return int(layer), direction == ["backward"]


def _torch_place(prefix: str) -> str:
    layer, reverse = _place(prefix)
    return f"l{layer}_reverse" if reverse else f"l{layer}"


def _named_like(like: Weights, cells: Mapping[str, Params]) -> Params:
    """The cells' parameters as one flat dict with the keys of `like`, in its order."""
    flat = join(cells)
    return {key: flat[key if "." in key else f".{key}"] for key in like}
