"""The check of a memory under fresh masks knows its moments, and tells wrong ones."""

import numpy as np
import pytest

from course.dropout.masked_memory import check_masked_memory, masked_memory


def memory_step_by_step(c0, f, a, p):
    mean, variance = c0.copy(), np.zeros(len(c0))
    for t in range(len(f)):
        before = mean
        mean = f[t] * before + a[t]
        variance = f[t] ** 2 * (variance / (1 - p) + before**2 * p / (1 - p))
    return mean, variance


def memory_unit_by_unit(c0, f, a, p):
    means, variances = [], []
    for unit in range(len(c0)):
        mean, square = float(c0[unit]), float(c0[unit]) ** 2
        for gate, new in zip(f[:, unit], a[:, unit], strict=True):
            square = gate**2 * square / (1 - p) + 2 * new * gate * mean + new**2
            mean = gate * mean + new
        means.append(mean)
        variances.append(square - mean**2)
    return means, variances


def memory_in_closed_form(c0, f, a, p):
    """Each step's mask adds its own share, and all later steps multiply it."""
    means = [c0]
    for f_t, a_t in zip(f, a, strict=True):
        means.append(f_t * means[-1] + a_t)
    factors = f**2 / (1 - p)
    parts = [p * means[t] ** 2 * np.prod(factors[t:], axis=0) for t in range(len(f))]
    return np.stack([means[-1], np.sum(parts, axis=0)])


def memory_by_all_masks(c0, f, a, p):
    """Every choice of kept and dropped, weighted by its probability."""
    mean = square = 0
    for kept in np.ndindex(*[2] * len(f)):
        c, probability = c0, 1.0
        for keep, f_t, a_t in zip(kept, f, a, strict=True):
            c, probability = f_t * c * keep / (1 - p) + a_t, probability * ((1 - p) if keep else p)
        mean, square = mean + probability * c, square + probability * c**2
    return [mean, square - mean**2]


def memory_recursively(c0, f, a, p):
    if len(f) == 0:
        return c0, 0 * c0
    mean, variance = memory_recursively(c0, f[:-1], a[:-1], p)
    return f[-1] * mean + a[-1], np.square(f[-1]) / (1 - p) * (variance + p * mean * mean)


@pytest.mark.parametrize(
    "student",
    [
        masked_memory,
        memory_step_by_step,
        memory_unit_by_unit,
        memory_in_closed_form,
        memory_by_all_masks,
        memory_recursively,
    ],
)
def test_a_right_memory_passes(says, student):
    assert says(check_masked_memory, student) == "Right: mean and variance agree with the library.\n"


def memory_with(step):
    """A memory whose step is another.  Args: step: (f, a, p, mean, variance) -> (mean, variance)."""

    def student(c0, f, a, p):
        mean, variance = c0, np.zeros_like(c0)
        for f_t, a_t in zip(f, a, strict=True):
            mean, variance = step(f_t, a_t, p, mean, variance)
        return mean, variance

    return student


def memory_in_place(c0, f, a, p):
    c0[...] = masked_memory(c0, f, a, p)[0]
    return c0, masked_memory(c0, f, a, p)[1]


@pytest.mark.parametrize(
    ("student", "told"),
    [
        # in the catalogue, written otherwise
        (
            memory_with(lambda f, a, p, mean, var: (f * mean + a, f * (var + p * mean**2) / (1 - p))),
            "f is not squared",
        ),
        (
            memory_with(lambda f, a, p, mean, var: (f * mean + a, f**2 * var / (1 - p))),
            "only the old variance is scaled",
        ),
        (
            lambda c0, f, a, p: (masked_memory(c0, f, a, p)[0], masked_memory(c0, f, a, p)[1] ** 0.5),
            "the standard deviation is returned",
        ),
        (lambda c0, f, a, p: masked_memory(c0, f, a, p)[::-1], "returned in the wrong order"),
        # outside of it
        (
            memory_with(lambda f, a, p, mean, var: (f * mean + a, f**2 * (var + mean**2) / (1 - p) - mean)),
            "Not yet. Right so far: mean. variance is the first that differs",
        ),
        (
            lambda c0, f, a, p: masked_memory(c0, f[1:], a[1:], p),
            "Not yet. mean is the first that differs",
        ),
        (
            lambda c0, f, a, p: (masked_memory(c0, f, a, p)[0], c0**2 * ((1 - p) ** -len(f) - 1)),
            "Right so far: mean. variance is the first that differs",
        ),
        (lambda c0, f, a, p: masked_memory(c0, f, a, 0.25), "with c0 (5,), f (3, 5), a (3, 5), p = 0.6"),
        (lambda c0, f, a, p: masked_memory(c0[:3], f[:, :3], a[:, :3], p), "has shape (3,); wanted (5,)"),
        (memory_in_place, "Not yet"),
        (lambda c0, f, a, p: masked_memory(c0, f, a, p)[0], "should return mean, variance"),
    ],
)
def test_a_wrong_memory_does_not_pass(says, student, told):
    found = says(check_masked_memory, student)
    assert told in found
    assert not found.startswith("Right")
    assert ("It looks as if" in found) == (told in MEMORY_NAMED)


MEMORY_NAMED = {
    "f is not squared",
    "only the old variance is scaled",
    "the standard deviation is returned",
    "returned in the wrong order",
}


def test_the_moments_of_a_memory_are_those_of_drawn_masks():
    c0, f, a, p = np.array([1.0, -0.5]), np.full((4, 2), 0.9), np.full((4, 2), 0.3), 0.3
    rng = np.random.default_rng(0)
    c = np.broadcast_to(c0, (200_000, 2))
    for f_t, a_t in zip(f, a, strict=True):
        c = f_t * c * (rng.random(c.shape) >= p) / (1 - p) + a_t
    mean, variance = masked_memory(c0, f, a, p)
    np.testing.assert_allclose(c.mean(axis=0), mean, atol=0.01)
    np.testing.assert_allclose(c.var(axis=0), variance, rtol=0.03)
