"""The check of a memory under fresh masks: its mean and its variance, computed exactly."""

from collections.abc import Callable

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge

RATES = (0.25, 0.6, 0.4)


def masked_memory(c0: np.ndarray, f: np.ndarray, a: np.ndarray, p: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of c_T, where c_t = f_t c_{t-1} m_t + a_t with a fresh mask at every step.

    E[c_t] = f_t E[c_{t-1}] + a_t, and the mean square goes the same way with E[m^2] = 1 / (1 - p).

    Args: c0 (H,); f, a (T, H); p.
    """
    mean, mean_square = c0, c0**2
    for f_t, a_t in zip(f, a, strict=True):
        mean_square = f_t**2 * mean_square / (1 - p) + 2 * a_t * f_t * mean + a_t**2
        mean = f_t * mean + a_t
    return mean, mean_square - mean**2


def remembering(
    variance: Callable = lambda f, a, mean, variance, p: f**2 * (variance + p * mean**2) / (1 - p),
    mean: Callable = lambda f, a, mean, p: f * mean + a,
    answer: Callable = lambda mean, variance: (mean, variance),
) -> Callable:
    """A walk of mean and variance through all steps, with one of its lines changed."""

    def function(c0, f, a, p):
        mu, var = c0, np.zeros_like(c0)
        for f_t, a_t in zip(f, a, strict=True):
            mu, var = mean(f_t, a_t, mu, p), variance(f_t, a_t, mu, var, p)
        return answer(mu, var)

    return function


def _one_mask(c0, f, a, p):
    """Mean and variance where one mask serves all steps: c_T is one of two values."""
    lost = kept = c0
    for f_t, a_t in zip(f, a, strict=True):
        lost, kept = a_t, f_t * kept / (1 - p) + a_t
    return p * lost + (1 - p) * kept, p * (1 - p) * (kept - lost) ** 2


MEMORY_MISTAKES: dict[str, Callable | tuple[Callable, ...]] = {
    "kept entries are not divided by 1 - p: the mask is 0 or 1 / (1 - p)": remembering(
        lambda f, a, mean, variance, p: f**2 * (1 - p) * (variance + p * mean**2),
        lambda f, a, mean, p: f * (1 - p) * mean + a,
    ),
    "the mean is multiplied by 1 - p: the mask has mean 1": remembering(
        mean=lambda f, a, mean, p: f * (1 - p) * mean + a
    ),
    "the mask's variance is given as p (1 - p): it is p / (1 - p)": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance / (1 - p) + p * (1 - p) * mean**2)),
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * (1 - p) * mean**2)),
    ),
    "the variance from earlier steps is not scaled: E[m^2] = 1 / (1 - p) multiplies it as well": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p / (1 - p) * mean**2))
    ),
    "E[m^2] multiplies the mean's square as well: the mask adds p / (1 - p) times the mean's square": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + mean**2) / (1 - p))
    ),
    "only the old variance is scaled: the mask adds p / (1 - p) times the mean's square": (
        remembering(lambda f, a, mean, variance, p: f**2 * variance / (1 - p))
    ),
    "the mean enters the variance unsquared": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * np.abs(mean)) / (1 - p)),
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * mean) / (1 - p)),
    ),
    "f is not squared: a constant factor scales a variance by its square": (
        remembering(lambda f, a, mean, variance, p: f * (variance + p * mean**2) / (1 - p))
    ),
    "f is left out of the variance": (
        remembering(lambda f, a, mean, variance, p: (variance + p * mean**2) / (1 - p))
    ),
    "f is left out of the mean": remembering(mean=lambda f, a, mean, p: mean + a),
    "a is left out of the mean": remembering(mean=lambda f, a, mean, p: f * mean),
    "a is added to the variance: a is not random": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * mean**2) / (1 - p) + a**2)
    ),
    "a is masked in the step that adds it: the mask multiplies the memory before the step": (
        remembering(lambda f, a, mean, variance, p: (f**2 * variance + p * (f * mean + a) ** 2) / (1 - p))
    ),
    "the variance is computed from the mean after the step: use the mean before it": (
        remembering(lambda f, a, mean, variance, p: f**2 * (variance + p * (f * mean + a) ** 2) / (1 - p))
    ),
    "all steps share one mask: each step draws a new one": _one_mask,
    "the steps run from last to first": lambda c0, f, a, p: masked_memory(c0, f[::-1], a[::-1], p),
    "p is used as the probability of keeping: it is the probability of dropping": (
        lambda c0, f, a, p: masked_memory(c0, f, a, 1 - p)
    ),
    "the mean square is returned: subtract the square of the mean": (
        remembering(answer=lambda mean, variance: (mean, variance + mean**2))
    ),
    "the standard deviation is returned: return its square": (
        remembering(answer=lambda mean, variance: (mean, np.sqrt(variance)))
    ),
    "variance and mean are returned in the wrong order: the mean comes first": (
        remembering(answer=lambda mean, variance: (variance, mean))
    ),
}


def _memories(rng: np.random.Generator) -> list[tuple]:
    """Memories of several sizes, gates between 0 and 1, and what is added; one never forgets."""
    drawn = [
        (rng.uniform(0.5, 2, H) * rng.choice([-1, 1], H), *rng.uniform(0.3, 0.95, (2, T, H)), p)
        for (T, H), p in zip(((4, 3), (3, 5), (1, 4)), RATES, strict=True)
    ]
    c0, f, a, p = drawn[1]
    return [*drawn, (c0, np.ones_like(f), 0 * a, p)]


MEMORY = Exercise(("c0", "f", "a", "p"), ("mean", "variance"), _memories, masked_memory, MEMORY_MISTAKES)


def check_masked_memory(student: Callable) -> Verdict:
    """Check mean and variance of a memory under fresh masks, masked_memory(c0, f, a, p) -> (mean, variance).

    Args: student: takes the memory before the first step (H,), forget gates and what is added at each step,
        both (T, H), and the rate p; returns two arrays (H,).
    """
    return judge(student, MEMORY)
