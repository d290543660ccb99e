"""Checks of gradients in a dictionary: clipped by their global norm, and accumulated over several batches."""

from collections.abc import Callable, Mapping

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.equations import Equations, Values, mistakes_of
from course.shared.student import Wrong
from lstm_lib.training import clip_by_global_norm

Arrays = dict[str, np.ndarray]


# Clipping by the global norm


def library_clip(grads: Arrays, max_norm: float) -> tuple[Arrays, float]:
    """Return clipped copies and the norm by the library's function."""
    clipped = {name: grad.copy() for name, grad in grads.items()}
    return clipped, clip_by_global_norm(clipped, max_norm)


def _clip_problems(rng: np.random.Generator) -> list[tuple[Arrays, float]]:
    """Long gradients, of which one array alone would pass, short ones, other names, and none at all."""
    W, b = 1.8 * rng.standard_normal((3, 4)), 0.6 * rng.standard_normal(4)
    names = {"decoder.W_h": (2, 6), "decoder.b": (6,), "encoder.W_x": (3, 1, 2)}
    return [
        ({"W": W, "b": b}, 2.0),
        ({"W": W / 5, "b": b / 5}, 2.0),
        ({name: 4 * rng.standard_normal(shape) for name, shape in names.items()}, 5.0),
        ({"b": 3 * b}, 0.5),
        ({"W": np.zeros((2, 3))}, 1.0),
    ]


def _flat(clip: Callable, grads: Arrays, max_norm: float) -> tuple[np.ndarray, float]:
    """Return the clipped gradients as one vector, in the order of the names given, and the norm."""
    result = clip(grads, max_norm)
    if not isinstance(result, tuple | list) or len(result) != 2 or not isinstance(result[0], Mapping):
        raise Wrong("The function should return a dict of gradients, and the norm.")
    clipped, norm = result
    return _flattened(clipped, grads), norm


def _flattened(found: Mapping[str, np.ndarray], like: Arrays) -> np.ndarray:
    """Return gradients as one vector.  Raises: Wrong: their names or shapes are not those of `like`."""
    if set(found) != set(like):
        raise Wrong(f"The dict should have the keys {', '.join(like)}; it has {', '.join(map(str, found))}.")
    for name, grad in like.items():
        if np.shape(found[name]) != grad.shape:
            raise Wrong(f"The gradient of {name} has shape {np.shape(found[name])}; wanted {grad.shape}.")
    return np.concatenate([np.ravel(found[name]) for name in like])


def _with_names(v: Values) -> Arrays:
    """Return the clipped gradients under their names and in their shapes."""
    ends = np.cumsum([grad.size for grad in v.arrays])[:-1]
    parts = zip(v.grads.items(), np.split(v.clipped, ends), strict=True)
    return {name: part.reshape(grad.shape) for (name, grad), part in parts}


CLIP: Equations = {
    "arrays": lambda v: list(v.grads.values()),
    "flat": lambda v: np.concatenate([np.ravel(grad) for grad in v.arrays]),
    "norm": lambda v: np.linalg.norm(v.flat),
    "factor": lambda v: min(1.0, v.max_norm / v.norm),
    "clipped": lambda v: v.flat * v.factor,
    "named": _with_names,
    "told": lambda v: v.norm,
}


def _where_long(factor: Callable[[Values], float]) -> Equations:
    """One factor for all where the norm is too large."""
    return {"factor": lambda v: factor(v) if v.norm > v.max_norm else 1.0}


CLIP_MISTAKES: dict[str, Equations] = {
    "each parameter is clipped by its own norm: one norm and one factor for all keep the direction": {
        "clipped": lambda v: np.concatenate(
            [np.ravel(grad) * min(1.0, v.max_norm / np.linalg.norm(grad)) for grad in v.arrays]
        )
    },
    "each entry is clipped by itself: one factor for all keeps the direction": {
        "clipped": lambda v: np.clip(v.flat, -v.max_norm, v.max_norm)
    },
    "the norm lacks the square root: sqrt(sum of all g^2)": {"norm": lambda v: (v.flat**2).sum()},
    "the norms of the parameters are added up: add up the squares, then take one root": {
        "norm": lambda v: sum(map(np.linalg.norm, v.arrays))
    },
    "absolute values are added up, not squares: the norm is sqrt(sum of all g^2)": {
        "norm": lambda v: np.abs(v.flat).sum()
    },
    "the norm is the largest entry: it is sqrt(sum of all g^2)": {"norm": lambda v: np.abs(v.flat).max()},
    "the norm is a mean: it is sqrt(sum of all g^2), however many there are": {
        "norm": lambda v: np.sqrt((v.flat**2).mean())
    },
    "the norm is that of the first parameter alone": {"norm": lambda v: np.linalg.norm(v.arrays[0])},
    "the norm is that of the last parameter alone": {"norm": lambda v: np.linalg.norm(v.arrays[-1])},
    "short gradients are scaled up: the factor is min(1, max_norm / norm)": {
        "factor": lambda v: v.max_norm / v.norm
    },
    "only short gradients are scaled: the factor is min(1, max_norm / norm), not max": {
        "factor": lambda v: max(1.0, v.max_norm / v.norm)
    },
    "long gradients are scaled to norm 1: scale them to max_norm": _where_long(lambda v: 1 / v.norm),
    "the factor is upside down: max_norm / norm": _where_long(lambda v: v.norm / v.max_norm),
    "the factor is max_norm: it is max_norm / norm": _where_long(lambda v: v.max_norm),
    "long gradients are set to zero: scale them down to max_norm": _where_long(lambda v: 0.0),
    "nothing is clipped": {"factor": lambda v: 1.0},
    "the norm after clipping is returned: return the one before": {
        "told": lambda v: np.linalg.norm(v.clipped)
    },
}


CLIP_GRADIENTS = Exercise(
    ("grads", "max_norm"),
    ("clipped", "norm"),
    _clip_problems,
    library_clip,
    mistakes_of(CLIP, CLIP_MISTAKES, ("grads", "max_norm"), ("named", "told")),
    _flat,
)


def check_clip(student: Callable) -> Verdict:
    """Check clipping by the global norm, clip(grads, max_norm) -> (clipped, norm).

    Args: student: takes a dict of gradients of any shapes and the longest allowed norm; returns a new dict
        with the same keys, and the norm before clipping.
    """
    return judge(student, CLIP_GRADIENTS)


# Gradients of several batches, accumulated

Part = tuple[float, Arrays, int]  # the mean loss of a token, its gradients, and how many tokens


def accumulated(parts: list[Part]) -> tuple[float, Arrays]:
    """Return the mean loss of all tokens and its gradients: each part counts as many tokens as it has."""
    tokens = [tokens for _, _, tokens in parts]
    loss = np.average([loss for loss, _, _ in parts], weights=tokens)
    names = parts[0][1]
    return loss, {name: np.average([g[name] for _, g, _ in parts], axis=0, weights=tokens) for name in names}


def gathering(
    weight: Callable[[list[int]], list[float]],
    of_loss: Callable[[list[int]], list[float]] | None = None,
    parts: Callable[[list[Part]], list[Part]] = lambda parts: parts,
) -> Callable:
    """A sum over parts, each with a weight.

    Args: weight: takes how many tokens the parts have; of_loss: the same for the loss, where it differs;
        parts: chooses among them.
    """

    def function(given: list[Part]) -> tuple[float, Arrays]:
        chosen = parts(given)
        tokens = [tokens for _, _, tokens in chosen]
        weights, loss_weights = weight(tokens), (of_loss or weight)(tokens)
        loss = sum(w * loss for w, (loss, _, _) in zip(loss_weights, chosen, strict=True))
        return loss, {
            name: sum(w * grads[name] for w, (_, grads, _) in zip(weights, chosen, strict=True))
            for name in given[0][1]
        }

    return function


def _shares(tokens: list[int]) -> list[float]:
    return [count / sum(tokens) for count in tokens]


def _equal(tokens: list[int]) -> list[float]:
    return [1 / len(tokens) for _ in tokens]


ACCUMULATE_MISTAKES: dict[str, Callable | tuple[Callable, ...]] = {
    "all batches have equal weight: weight each by its number of tokens": gathering(_equal),
    "the loss is weighted by tokens, but the gradients are not": gathering(_equal, _shares),
    "the gradients are weighted by tokens, but the loss is not": gathering(_shares, _equal),
    "the means are added up: take their weighted mean": gathering(lambda tokens: [1.0 for _ in tokens]),
    "the gradients are added up: take their weighted mean": (
        gathering(lambda tokens: [1.0 for _ in tokens], _shares),
        gathering(lambda tokens: [1.0 for _ in tokens], _equal),
    ),
    "the sum over tokens is returned: divide by the number of all tokens": gathering(
        lambda tokens: [float(count) for count in tokens]
    ),
    "the sum over tokens is divided by the number of batches: divide by the number of all tokens": gathering(
        lambda tokens: [count / len(tokens) for count in tokens]
    ),
    "each mean is divided by its number of tokens again: it is already a mean": (
        gathering(lambda tokens: [1 / count for count in tokens]),
        gathering(lambda tokens: [1 / count / len(tokens) for count in tokens]),
    ),
    "the weights are inverted: a batch with more tokens gets more weight": gathering(
        lambda tokens: [1 / count / sum(1 / other for other in tokens) for count in tokens]
    ),
    "only the last batch is used": gathering(_shares, parts=lambda parts: parts[-1:]),
    "only the first batch is used": gathering(_shares, parts=lambda parts: parts[:1]),
    "the last batch is left out": gathering(
        _shares, parts=lambda parts: parts[:-1] if len(parts) > 1 else parts
    ),
    "the first batch is left out": gathering(
        _shares, parts=lambda parts: parts[1:] if len(parts) > 1 else parts
    ),
}


def _parts(rng: np.random.Generator) -> list[tuple]:
    """Batches of several numbers and sizes; the names and shapes of the gradients differ, too."""

    def part(tokens: int, **shapes: tuple[int, ...]) -> Part:
        return (
            float(rng.uniform(1, 4)),
            {name: rng.standard_normal(shape) for name, shape in shapes.items()},
            tokens,
        )

    return [
        ([part(tokens, W=(3, 4), b=(4,)) for tokens in (7, 2, 5)],),
        ([part(tokens, U=(2, 3, 2), V=(5,), c=(1,)) for tokens in (1, 9)],),
        ([part(6, W=(4, 3))],),
        ([part(tokens, W=(2, 2), b=(2,)) for tokens in (3, 3, 8, 1)],),
    ]


def _loss_and_flat(accumulate: Callable, parts: list[Part]) -> tuple[float, np.ndarray]:
    """Return the loss, and the gradients as one vector, in the order of the names given."""
    result = accumulate(parts)
    if not isinstance(result, tuple | list) or len(result) != 2 or not isinstance(result[1], Mapping):
        raise Wrong("The function should return the loss, and a dict of gradients.")
    loss, grads = result
    return loss, _flattened(grads, parts[0][1])


ACCUMULATE = Exercise(("parts",), ("loss", "grads"), _parts, accumulated, ACCUMULATE_MISTAKES, _loss_and_flat)


def check_accumulate(student: Callable) -> Verdict:
    """Check the gradients of one large batch from those of its parts, accumulate(parts) -> (loss, grads).

    Args: student: takes a list of (mean loss of a token, its gradients by name, number of tokens); returns
        the mean loss of all tokens, and a new dict of its gradients.
    """
    return judge(student, ACCUMULATE)
