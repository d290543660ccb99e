"""Submissions for the exercises on training: a step of Adam, clipping, and a schedule."""

import cmath
import math
from functools import reduce

import numpy as np

# A step of Adam


def adam_entry_by_entry(p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    rows = []
    for one, slope, mean, square in zip(p, g, m, v, strict=True):
        mean = beta1 * mean + (1 - beta1) * slope
        square = beta2 * square + (1 - beta2) * slope * slope
        step = (mean / (1 - beta1**t)) / (math.sqrt(square / (1 - beta2**t)) + epsilon)
        rows.append((one - learning_rate * step, mean, square))
    return np.transpose(rows)


def adam_with_one_factor(p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    """As in section 2 of the paper: the corrections move into the rate and into epsilon."""
    m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g**2 - v)
    root = math.sqrt(1 - beta2**t)
    return p - learning_rate * root / (1 - beta1**t) * m / (np.sqrt(v) + root * epsilon), m, v


def adam_of_both_averages(p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    beta = np.array([[beta1], [beta2]])
    averages = beta * np.stack([m, v]) + (1 - beta) * np.stack([g, g * g])
    mean, square = averages / (1 - beta**t)
    return [p - learning_rate * mean / (square**0.5 + epsilon), *averages]


def adam_in_place_on_copies(p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    p, m, v = p.copy(), m.copy(), v.copy()
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * np.square(g)
    p -= learning_rate * np.divide(m / (1 - beta1**t), np.sqrt(v / (1 - beta2**t)) + epsilon)
    return p, m, v


def adam_with(change):
    """A wrong step.  Args: change: of the right answer and the arguments."""
    return lambda *given: change(*adam_entry_by_entry(*given), *given)


def nesterov(p_new, m_new, v_new, p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    ahead = beta1 * m_new / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
    return p - learning_rate * ahead / (np.sqrt(v_new / (1 - beta2**t)) + epsilon), m_new, v_new


def largest_square(p_new, m_new, v_new, p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    top = np.maximum(v, v_new)
    step = m_new / (1 - beta1**t) / (np.sqrt(top / (1 - beta2**t)) + epsilon)
    return p - learning_rate * step, m_new, top


# Clipping


def clip_in_one_vector(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([np.ravel(g) for g in grads.values()]))
    return {name: g * min(1, max_norm / max(norm, 1e-30)) for name, g in grads.items()}, norm


def clip_by_norms_of_norms(grads, max_norm):
    norm = float(reduce(math.hypot, map(np.linalg.norm, grads.values())))
    clipped = {name: g.copy() for name, g in grads.items()}
    if norm > max_norm:
        for g in clipped.values():
            g *= max_norm / norm
    return clipped, norm


def clip_by_sums(grads, max_norm):
    total = 0.0
    for g in grads.values():
        for entry in g.flat:
            total += entry * entry
    shorter = max(1.0, total**0.5 / max_norm)
    return dict(zip(grads, [g / shorter for g in grads.values()], strict=True)), total**0.5


def clip_with_vdot(grads, max_norm):
    norm = np.sqrt(np.sum([np.vdot(g, g) for g in grads.values()]))
    too_long = norm > max_norm
    return {k: np.where(too_long, max_norm * g / (norm + (norm == 0)), g) for k, g in grads.items()}, norm


def clip_with(factor):
    """Wrong clipping.  Args: factor: takes the norm and the longest allowed one."""

    def function(grads, max_norm):
        norm = clip_by_norms_of_norms(grads, max_norm)[1]
        return {name: g * factor(norm, max_norm) for name, g in grads.items()}, norm

    return function


# A schedule


def rate_by_interpolation(step, peak, warmup_steps, total_steps):
    top = max(warmup_steps - 1, 0)
    if step <= top:
        return float(np.interp(step + 1, [0, top + 1], [0, peak]))
    angle = np.interp(step, [top, total_steps], [0, np.pi])
    return peak * (1 + np.cos(angle)) / 2


def rate_by_half_the_angle(step, peak, warmup_steps, total_steps):
    top = warmup_steps - 1
    if step < top:
        return peak * (step + 1) / warmup_steps
    if step >= total_steps:
        return 0.0
    return peak * math.cos(math.pi / 2 * (step - top) / (total_steps - top)) ** 2


def rate_by_a_circle(step, peak, warmup_steps, total_steps):
    share = (step - warmup_steps + 1) / (total_steps - warmup_steps + 1)
    if share < 0:
        return (step + 1) * peak / warmup_steps
    return peak / 2 + peak / 2 * cmath.exp(1j * math.pi * min(share, 1)).real


def rate_from_a_table(step, peak, warmup_steps, total_steps):
    up = [peak * k / warmup_steps for k in range(1, warmup_steps)]
    angles = np.linspace(0, np.pi, total_steps - warmup_steps + 2)
    down = peak * np.sin((np.pi - angles) / 2) ** 2
    table = [*up, *down]
    return table[step] if step < len(table) else 0.0


def rate_with(fall):
    """A wrong schedule.  Args: fall: takes the share of the way down, from 0 to 1."""

    def rate(step, peak, warmup_steps, total_steps):
        top = warmup_steps - 1
        if step < top:
            return peak * (step + 1) / warmup_steps
        return peak * fall(min((step - top) / (total_steps - top), 1))

    return rate


RIGHT = {
    "check_adam": (
        adam_entry_by_entry,
        adam_with_one_factor,
        adam_of_both_averages,
        adam_in_place_on_copies,
    ),
    "check_clip": (clip_in_one_vector, clip_by_norms_of_norms, clip_by_sums, clip_with_vdot),
    "check_schedule": (rate_by_interpolation, rate_by_half_the_angle, rate_by_a_circle, rate_from_a_table),
}
WRONG = {
    "check_adam": {
        "Nesterov's momentum": adam_with(nesterov),
        "the largest square so far": adam_with(largest_square),
        "weights decay as well": adam_with(lambda p, m, v, *given: (p - 0.01 * given[0], m, v)),
        "steps are bounded": adam_with(
            lambda p, m, v, *given: (given[0] + np.clip(p - given[0], -0.01, 0.01), m, v)
        ),
        "the sign of the mean": adam_with(lambda p, m, v, *given: (given[0] - given[5] * np.sign(m), m, v)),
    },
    "check_clip": {
        "clipped to half the norm": clip_with(lambda norm, most: min(1, most / 2 / max(norm, 1e-9))),
        "the root of the factor": clip_with(lambda norm, most: min(1, (most / max(norm, 1e-9)) ** 0.5)),
        "one more in the norm": clip_with(lambda norm, most: min(1, most / (1 + norm))),
        "the largest entry decides": lambda grads, most: (
            {k: g * min(1, most / max(np.abs(a).max() for a in grads.values())) for k, g in grads.items()},
            clip_by_sums(grads, most)[1],
        ),
    },
    "check_schedule": {
        "slow at first": rate_with(lambda share: (1 + math.cos(math.pi * share**2)) / 2),
        "a parabola down": rate_with(lambda share: (1 - share) ** 2),
        "a tenth is left": rate_with(lambda share: 0.1 + 0.9 * (1 + math.cos(math.pi * share)) / 2),
        "down at half of the way": rate_with(lambda share: (1 + math.cos(math.pi * min(1, 2 * share))) / 2),
        "half of the exponential": rate_with(lambda share: math.exp(-5 * share)),
    },
}
