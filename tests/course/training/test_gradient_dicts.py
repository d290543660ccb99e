"""The check of accumulated gradients passes right answers and tells wrong ones."""

import numpy as np
import pytest

from course.training.gradient_dicts import accumulated, check_accumulate


def accumulate_in_a_loop(parts):
    loss, grads, tokens = 0.0, {name: np.zeros_like(g) for name, g in parts[0][1].items()}, 0
    for part_loss, part_grads, count in parts:
        tokens += count
        loss += count * part_loss
        for name, grad in part_grads.items():
            grads[name] += count * grad
    return loss / tokens, {name: grad / tokens for name, grad in grads.items()}


def accumulate_as_a_running_mean(parts):
    loss, grads, seen = 0.0, dict.fromkeys(parts[0][1], 0.0), 0
    for part_loss, part_grads, count in parts:
        seen += count
        loss = loss + (part_loss - loss) * count / seen
        grads = {name: old + (part_grads[name] - old) * count / seen for name, old in grads.items()}
    return loss, grads


def accumulate_with_dot_products(parts):
    losses, grads, tokens = zip(*parts, strict=True)
    weights = np.array(tokens) / np.sum(tokens)
    return weights @ losses, {
        name: np.tensordot(weights, np.stack([grad[name] for grad in grads]), 1) for name in grads[0]
    }


def accumulate_token_by_token(parts):
    of_each = [(loss, grads) for loss, grads, count in parts for _ in range(count)]
    names = parts[0][1].keys()
    return float(np.mean([loss for loss, _ in of_each])), {
        name: np.mean([grads[name] for _, grads in of_each], axis=0).tolist() for name in names
    }


def accumulate_recursively(parts):
    if len(parts) == 1:
        return [parts[0][0], dict(parts[0][1])]
    loss, grads = accumulate_recursively(parts[1:])
    rest = sum(count for _, _, count in parts[1:])
    share = parts[0][2] / (parts[0][2] + rest)
    mixed = {name: share * g + (1 - share) * np.asarray(grads[name]) for name, g in parts[0][1].items()}
    return [share * parts[0][0] + (1 - share) * loss, dict(reversed(mixed.items()))]


@pytest.mark.parametrize(
    "student",
    [
        accumulated,
        accumulate_in_a_loop,
        accumulate_as_a_running_mean,
        accumulate_with_dot_products,
        accumulate_token_by_token,
        accumulate_recursively,
    ],
)
def test_right_accumulations_pass(says, student):
    assert says(check_accumulate, student) == "Right: loss and grads agree with the library.\n"


def accumulate_in_place(parts):
    grads = parts[0][1]
    found = accumulated(parts)
    for name in grads:
        grads[name][...] = found[1][name]
    return found[0], grads


def accumulate_plainly(parts):
    """The mean over batches."""
    names = parts[0][1]
    grads = {name: np.mean([part[1][name] for part in parts], axis=0) for name in names}
    return np.mean([part[0] for part in parts]), grads


@pytest.mark.parametrize(
    ("student", "told"),
    [
        # in the catalogue, written otherwise
        (accumulate_plainly, "looks as if all batches have equal weight"),
        (
            lambda parts: (accumulated(parts)[0], accumulate_plainly(parts)[1]),
            "the loss is weighted by tokens, but the gradients are not",
        ),
        (lambda parts: parts[-1][:2], "only the last batch is used"),
        (
            lambda parts: (sum(p[0] for p in parts), {n: sum(p[1][n] for p in parts) for n in parts[0][1]}),
            "the means are added up",
        ),
        # outside of it
        (
            lambda parts: (accumulated(parts)[0], {n: 2 * g for n, g in accumulated(parts)[1].items()}),
            "Not yet. Right so far: loss. grads is the first that differs",
        ),
        (
            lambda parts: (max(part[0] for part in parts), accumulated(parts)[1]),
            "Not yet. Right so far: grads. loss is the first that differs",
        ),
        (
            lambda parts: accumulated([(loss, grads, count**2) for loss, grads, count in parts]),
            "Not yet. loss is the first that differs",
        ),
        (lambda parts: accumulated(parts[:3]), "Not yet. loss is the first that differs with"),
        (lambda parts: (0.0, {"W": np.zeros(3)}), "The dict should have the keys W, b; it has W."),
        (lambda parts: accumulated(parts)[::-1], "should return the loss, and a dict of gradients"),
        (
            lambda parts: (0.0, {n: 0.0 for n in parts[0][1]}),
            "The gradient of W has shape (); wanted (3, 4).",
        ),
        (accumulate_in_place, "the function changes its argument parts in place"),
    ],
)
def test_wrong_accumulations_do_not_pass(says, student, told):
    found = says(check_accumulate, student)
    assert told in found
    assert not found.startswith("Right")
    if told.startswith("Not yet"):
        assert "It looks as if" not in found
