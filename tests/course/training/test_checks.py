"""The checks of notebook 10 pass right answers and tell what other answers lack."""

import math

import numpy as np
import pytest

from course.shared.equations import function_of, solve
from course.training.checks import (
    ADAM,
    ADAM_ARGUMENTS,
    ADAM_RETURNS,
    RATE,
    SCHEDULE_ARGUMENTS,
    check_adam,
    check_schedule,
)
from course.training.gradient_dicts import check_clip
from lstm_lib.training import Adam, clip_by_global_norm
from lstm_lib.training.schedules import Cosine

rate_by_equations = function_of(RATE, SCHEDULE_ARGUMENTS, ("rate",))
adam_by_equations = function_of(ADAM, ADAM_ARGUMENTS, ADAM_RETURNS)


def test_a_wrong_order_of_results_is_named(says):
    def student(*arguments):
        p, m, v = adam_by_equations(*arguments)
        return p, v, m

    assert "m and v are returned in the wrong order" in says(check_adam, student)


def adam_with_two_scalars(p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
    root = math.sqrt(1 - beta2**t)
    return p - learning_rate * root / (1 - beta1**t) * m / (v**0.5 + epsilon * root), m, v


def adam_entry_by_entry(p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    p, m, v = p.copy(), m.copy(), v.copy()
    for k in range(len(p)):
        m[k] = beta1 * m[k] + (1 - beta1) * g[k]
        v[k] = beta2 * v[k] + (1 - beta2) * g[k] ** 2
        p[k] -= learning_rate * (m[k] / (1 - beta1**t)) / (math.sqrt(v[k] / (1 - beta2**t)) + epsilon)
    return [p, m, v]


def adam_of_library(p, g, m, v, t, learning_rate, beta1, beta2, epsilon):
    optimizer, params = Adam(float(beta1), float(beta2), float(epsilon)), {"w": p.copy()}
    optimizer.state = {"step": np.array(t - 1), "m.w": m.copy(), "v.w": v.copy()}
    optimizer.update(params, {"w": g}, float(learning_rate))
    return params["w"], optimizer.state["m.w"], optimizer.state["v.w"]


def clip_of_library(grads, max_norm):
    clipped = {name: grad.copy() for name, grad in grads.items()}
    return clipped, clip_by_global_norm(clipped, max_norm)


def clip_with_one_vector(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([grad.ravel() for grad in grads.values()]))
    if norm <= max_norm:
        return grads, norm
    return {name: max_norm * grad / norm for name, grad in grads.items()}, norm


def clip_in_single_precision(grads, max_norm):
    norm = sum(np.square(grad, dtype=np.float32).sum() for grad in grads.values()) ** 0.5
    factor = max_norm / max(norm, max_norm)
    return {name: grad.astype(np.float32) * factor for name, grad in grads.items()}, norm


def rate_with_square_of_cosine(step, peak, warmup_steps, total_steps):
    at_peak = warmup_steps - 1
    if step <= at_peak:
        return peak / warmup_steps * (step + 1)
    share = (step - at_peak) / (total_steps - at_peak)
    return peak * math.cos(math.pi / 2 * share) ** 2 if share < 1 else 0


@pytest.mark.parametrize(
    ("check", "student"),
    [
        (check_adam, adam_by_equations),
        (check_adam, adam_with_two_scalars),
        (check_adam, adam_entry_by_entry),
        (check_adam, adam_of_library),
        (check_clip, clip_of_library),
        (check_clip, clip_with_one_vector),
        (check_clip, clip_in_single_precision),
        (check_schedule, rate_by_equations),
        (check_schedule, rate_with_square_of_cosine),
        (check_schedule, lambda *about: Cosine(*about[1:])(about[0])),
    ],
)
def test_right_answers_pass(says, check, student):
    assert says(check, student).startswith("Right: ")


def clip_in_place(grads, max_norm):
    return grads, clip_by_global_norm(grads, max_norm)


def adam_in_place(p, g, m, v, *constants):
    new = adam_by_equations(p, g, m, v, *constants)
    for array, value in zip((p, m, v), new, strict=True):
        array[...] = value
    return p, m, v


def test_a_change_of_the_arguments_is_told(says):
    assert says(check_clip, clip_in_place) == (
        "The answer is right, but the function changes its argument grads in place: work on a copy.\n"
    )
    assert "changes its argument p in place" in says(check_adam, adam_in_place)


@pytest.mark.parametrize(
    ("student", "told"),
    [
        (lambda grads, most: grads, "should return a dict of gradients, and the norm"),
        (lambda grads, most: ({"b": 0, "V": 0}, 1.0), "should have the keys W, b; it has b, V"),
        (lambda grads, most: ({"W": 0, "b": 0}, 1.0), "The gradient of W has shape (); wanted (3, 4)"),
        (
            lambda grads, most: (clip_of_library(grads, most)[0], 0.0),
            "so far: clipped.",
        ),
    ],
)
def test_clipped_gradients_of_another_form_are_told(says, student, told):
    assert told in says(check_clip, student)


def test_the_catalogs_equations_are_the_librarys():
    constants = {"t": np.array(1), "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "learning_rate": 0.5}
    values = {name: np.array([2.0, -3.0]) for name in "pg"} | {name: np.zeros(2) for name in "mv"}
    p, _, _ = solve(ADAM, values | constants, ADAM_RETURNS)
    np.testing.assert_allclose(p, [1.5, -2.5], rtol=1e-6)  # the first step is the learning rate's size
