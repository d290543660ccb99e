"""The same weights in the layouts of PyTorch and Keras, and back.  Pure NumPy: neither framework is needed.

`params` are those of one recurrent layer, of a `Bidirectional` or of a `Stacked`.  The layouts of a cell:

|                          | here               | PyTorch          | Keras                         |
| ------------------------ | ------------------ | ---------------- | ----------------------------- |
| matrices                 | (in, gates H)      | (gates H, in)    | (in, gates H)                 |
| gates of an LSTM         | i, f, g, o         | i, f, g, o       | i, f, c (our g), o            |
| gates of a GRU           | r, z, n            | r, z, n          | z, r, h (our n)               |
| biases                   | b                  | bias_ih, bias_hh | b                             |
| of a GRU, reset after    | b, b_h (candidate) | bias_ih, bias_hh | the two rows of one (2, 3H) b |

Two biases that are only added are one bias here: what comes from a framework is their sum, and what goes to
one is all in the first.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lstm_lib.nn.parameters import Params, check_shape, join

Weights = Mapping[str, np.ndarray]


def to_torch(params: Weights) -> Params:
    """Our parameters under the names of `torch.nn.LSTM`, `GRU` and `RNN`, weight_ih_l0 to bias_hh_l1_reverse.

    Args: params, of one layer, a Bidirectional or a Stacked.
    Returns: fresh arrays, one for each entry of the module's state_dict.
    Raises: ValueError for a GRU that resets before the product, which PyTorch has not.
    """
    return {
        f"{name}_{_torch_place(prefix)}": array
        for prefix, cell in _cells(params).items()
        for name, array in _cell_to_torch(cell).items()
    }


def from_torch(weights: Weights, like: Weights) -> Params:
    """The inverse of `to_torch`.

    Args: weights, a state_dict of NumPy arrays or CPU tensors; like, the `params` of the layer to get them.
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
        cells[prefix] = _cell_from_torch(*arrays, cell)
    return _named_like(like, cells)


def to_keras(params: Weights) -> list[np.ndarray]:
    """Our parameters as the list that `set_weights` of a Keras layer takes: kernel, recurrent kernel, bias.

    Args: params, of one layer, a Bidirectional (forward, then backward) or a Stacked (a Sequential of those).
    Returns: fresh arrays.
    """
    return [array for cell in _cells(params).values() for array in _cell_to_keras(cell)]


def from_keras(weights: Sequence[np.ndarray], like: Weights) -> Params:
    """The inverse of `to_keras`.

    Args: weights, a layer's `get_weights()`; like, the `params` of the layer that shall have them.
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
        cells[prefix] = _cell_from_keras(next(rest), next(rest), next(rest), cell)
    return _named_like(like, cells)


# One cell

TORCH_NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _cell_to_torch(cell: Weights) -> Params:
    if _is_gru(cell) and "b_h" not in cell:
        raise ValueError("params are of a GRU that resets before the product; PyTorch's resets after it")
    W_x, W_h, b = (cell[name] for name in ("W_x", "W_h", "b"))
    arrays = (W_x.T, W_h.T, b, _recurrent_bias(cell))
    return {name: np.array(array, order="C") for name, array in zip(TORCH_NAMES, arrays, strict=True)}


def _cell_from_torch(weight_ih, weight_hh, bias_ih, bias_hh, like: Weights) -> Params:
    matrices = {"W_x": np.array(weight_ih.T, order="C"), "W_h": np.array(weight_hh.T, order="C")}
    return matrices | _biases(bias_ih, bias_hh, like)


def _cell_to_keras(cell: Weights) -> list[np.ndarray]:
    b = np.stack([cell["b"], _recurrent_bias(cell)]) if "b_h" in cell else cell["b"]
    arrays = (cell["W_x"], cell["W_h"], b)
    return [_swap_gates(array) if _is_gru(cell) else array.copy() for array in arrays]


def _cell_from_keras(kernel, recurrent_kernel, bias, like: Weights) -> Params:
    arrays = (kernel, recurrent_kernel, bias)
    W_x, W_h, b = (_swap_gates(array) if _is_gru(like) else array.copy() for array in arrays)
    return {"W_x": W_x, "W_h": W_h} | (_biases(*b, like) if "b_h" in like else {"b": b})


def _is_gru(cell: Weights) -> bool:
    size, width = cell["W_h"].shape
    return width == 3 * size


def _swap_gates(array: np.ndarray) -> np.ndarray:
    """From r, z, n to Keras's z, r, h along the last axis, or back: it is its own inverse."""
    first, second, candidate = np.split(array, 3, axis=-1)
    return np.concatenate([second, first, candidate], axis=-1)


def _recurrent_bias(cell: Weights) -> np.ndarray:
    """The second bias, (gates H): zero but for what the reset gate acts on."""
    bias = np.zeros_like(cell["b"])
    if "b_h" in cell:
        bias[-len(cell["b_h"]) :] = cell["b_h"]
    return bias


def _biases(first: np.ndarray, second: np.ndarray, like: Weights) -> Params:
    """Two biases (gates H) as ours: their sum, but for the part on which the reset gate acts."""
    b = first + second
    if "b_h" not in like:
        return {"b": b}
    candidate = slice(-len(like["b_h"]), None)
    b[candidate] = first[candidate]
    return {"b": b, "b_h": second[candidate].copy()}


# Cells in layers

Cells = dict[str, Params]


def _cells(params: Weights) -> Cells:
    """The parameters of each cell by its prefix ("", "backward", "0", "1.forward"), lowest layer first."""
    cells: Cells = {}
    for key, array in params.items():
        prefix, _, name = key.rpartition(".")
        cells.setdefault(prefix, {})[name] = array
    return {prefix: cells[prefix] for prefix in sorted(cells, key=_place)}


def _place(prefix: str) -> tuple[int, bool]:
    """Which layer a cell is in, and whether it reads from the right."""
    layer, _, direction = prefix.rpartition(".")
    if direction.isdigit():
        layer, direction = direction, ""
    return int(layer or 0), direction == "backward"


def _torch_place(prefix: str) -> str:
    layer, reverse = _place(prefix)
    return f"l{layer}_reverse" if reverse else f"l{layer}"


def _named_like(like: Weights, cells: Cells) -> Params:
    """The cells' parameters as one flat dict with the keys of `like`, in its order."""
    flat = join(cells)
    return {key: flat[key if "." in key else f".{key}"] for key in like}
