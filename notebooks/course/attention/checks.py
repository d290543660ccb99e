"""Checks of the exercises on attention; see `exercises`."""

from collections.abc import Callable, Mapping

import numpy as np

from course.attention import attention_mistakes as known
from course.shared.diagnosis import Exercise, Mistake, verdict
from lstm_lib.nn.attention import masked_softmax, softmax_backward

BATCH, QUERIES, SOURCE = 3, 2, 4  # all different, so that a wrong axis shows
SIZE, ATTENTION_SIZE = 5, 6  # query and values have one width, so that a wrong matrix runs and can be named
LENGTHS = np.array([3, 4, 0])  # the last sentence is all padding
Arrays = Mapping[str, np.ndarray]


def check_masked_softmax(student: Callable) -> None:
    """Check the weights, masked_softmax(scores, mask) -> weights.

    Args: student: takes scores (B, T, S) and mask (B, S) bool, True = real position, and returns weights
        (B, T, S): each row sums to 1, or is 0 everywhere where the sentence has no real position.
    """
    scores = 2 * np.random.default_rng(0).standard_normal((BATCH, QUERIES, SOURCE))
    arguments = {"scores": scores, "mask": np.arange(SOURCE) < LENGTHS[:, np.newaxis]}
    right = masked_softmax(scores, arguments["mask"][:, np.newaxis])
    print(verdict(student, _exercise(arguments, "w", right, known.MASKED_SOFTMAX_MISTAKES)))


def check_additive_scores(student: Callable) -> None:
    """Check Bahdanau's score, additive_scores(q, values, W_q, W_k, v) -> scores.

    Args: student: takes q (B, T, Q), values (B, S, D), W_q (Q, A), W_k (D, A) and v (A,), and returns
        v^T tanh(q W_q + values W_k) for every query and every value, (B, T, S).
    """
    shapes = {
        "q": (BATCH, QUERIES, SIZE),
        "values": (BATCH, SOURCE, SIZE),
        "W_q": (SIZE, ATTENTION_SIZE),
        "W_k": (SIZE, ATTENTION_SIZE),
        "v": (ATTENTION_SIZE,),
    }
    rng = np.random.default_rng(1)
    arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    right = known.additive_scores(**arguments)  # as in the library, which a test makes sure of
    print(verdict(student, _exercise(arguments, "e", right, known.ADDITIVE_MISTAKES)))


def check_context(student: Callable) -> None:
    """Check the weighted mean, context(weights, values) -> context.

    Args: student: takes weights (B, T, S), each row of which sums to 1, and values (B, S, D), and returns
        the context (B, T, D).  There are as many queries as source positions, so that weights that are
        transposed can be told.
    """
    rng = np.random.default_rng(2)
    arguments = {
        "weights": masked_softmax(rng.standard_normal((BATCH, SOURCE, SOURCE)), None),
        "values": rng.standard_normal((BATCH, SOURCE, SIZE)),
    }
    right = np.einsum("bts,bsd->btd", *arguments.values())
    print(verdict(student, _exercise(arguments, "context", right, known.CONTEXT_MISTAKES)))


def check_softmax_backward(student: Callable) -> None:
    """Check the gradient of the softmax, softmax_backward(dw, w) -> de.

    Args: student: takes the gradient dw of the weights and the weights w, both (B, T, S), and returns the
        gradient of the scores, (B, T, S).
    """
    rng = np.random.default_rng(3)
    scores, dw = rng.standard_normal((2, BATCH, QUERIES, SOURCE))
    arguments = {"dw": dw, "w": masked_softmax(scores, None)}
    right = softmax_backward(dw, arguments["w"])
    print(verdict(student, _exercise(arguments, "de", right, known.SOFTMAX_BACKWARD_MISTAKES)))


def _exercise(arguments: Arrays, returns: str, right: np.ndarray, wrong: known.Mistakes) -> Exercise:
    mistakes = [
        Mistake(says, [function(*arguments.values())])
        for says, functions in wrong.items()
        for function in functions
    ]
    return Exercise(arguments, [returns], [right], mistakes)
