import math

import numpy as np
import pytest

from lstm_lib.training import OPTIMIZERS, SGD, Adam, AdamW, RMSProp
from lstm_lib.training.optimizers import BLOCK_SIZE


def textbook_momentum(p, g, t, s, lr):
    s["v"] = 0.9 * s.get("v", 0) + g
    return p - lr * s["v"]


def textbook_nesterov(p, g, t, s, lr):
    s["v"] = 0.9 * s.get("v", 0) + g
    return p - lr * (g + 0.9 * s["v"])


def textbook_rmsprop(p, g, t, s, lr):
    s["s"] = 0.99 * s.get("s", 0) + 0.01 * g**2
    return p - lr * g / (np.sqrt(s["s"]) + 1e-8)


def textbook_adam(p, g, t, s, lr):
    s["m"] = 0.9 * s.get("m", 0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0) + 0.001 * g**2
    m_hat, v_hat = s["m"] / (1 - 0.9**t), s["v"] / (1 - 0.999**t)
    return p - lr * m_hat / (np.sqrt(v_hat) + 1e-8)


def textbook_adamw(p, g, t, s, lr):
    return textbook_adam(p, g, t, s, lr) - lr * 0.1 * p


TEXTBOOK = {
    "sgd": (SGD, {}, lambda p, g, t, s, lr: p - lr * g),
    "momentum": (SGD, {"momentum": 0.9}, textbook_momentum),
    "nesterov": (SGD, {"momentum": 0.9, "nesterov": True}, textbook_nesterov),
    "rmsprop": (RMSProp, {}, textbook_rmsprop),
    "adam": (Adam, {}, textbook_adam),
    "adamw": (AdamW, {"weight_decay": 0.1}, textbook_adamw),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_equals_the_textbook_on_sizes_around_a_block(name):
    kind, options, textbook = TEXTBOOK[name]
    rng = np.random.default_rng(0)
    shapes = [(), (1,), (0, 4), (3, 5), *((BLOCK_SIZE + k,) for k in (-1, 0, 1)), (2, BLOCK_SIZE + 7)]
    params = {f"layer.{i}": rng.standard_normal(shape) for i, shape in enumerate(shapes)}
    expected = {key: value.copy() for key, value in params.items()}
    memory = {key: {} for key in params}
    optimizer = kind(**options)
    for t in range(1, 8):
        grads = {key: rng.standard_normal(value.shape) for key, value in params.items()}
        for value in grads.values():
            value.flags.writeable = False
        learning_rate = 0.1 / t
        optimizer.update(params, grads, learning_rate)
        for key, grad in grads.items():
            expected[key] = textbook(expected[key], grad, t, memory[key], learning_rate)
    for key in params:
        np.testing.assert_allclose(params[key], expected[key], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_finds_the_minimum_of_a_quadratic(name):
    target = np.array([3.0, -2.0])
    params = {"p": np.zeros(2)}
    optimizer = OPTIMIZERS[name]()
    for step in range(600):
        optimizer.update(params, {"p": np.array([1.0, 10.0]) * (params["p"] - target)}, 0.1 * 0.99**step)
    np.testing.assert_allclose(params["p"], target, atol=0.03)  # AdamW leans toward zero


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_stays_float32_and_views_stay_valid(name):
    params = {"p": np.ones((4, 3), np.float32)}
    view = params["p"].T
    optimizer = OPTIMIZERS[name]()
    optimizer.update(params, {"p": np.ones((4, 3), np.float32)}, 0.1)
    assert (view < 1).all()
    assert optimizer.state.pop("step").dtype == np.int64
    assert {value.dtype for value in (params | optimizer.state).values()} == {np.dtype(np.float32)}


def test_gradients_may_have_any_memory_layout():
    rng = np.random.default_rng(0)
    grad = rng.standard_normal((5, 7))
    results = []
    for layout in (np.ascontiguousarray, np.asfortranarray):
        params = {"p": np.zeros((5, 7))}
        Adam().update(params, {"p": layout(grad)}, 0.1)
        results.append(params["p"])
    assert np.array_equal(*results)


def test_parameters_that_no_flat_view_can_reach_are_refused_before_anything_moves():
    params = {"a": np.ones(3), "b": np.ones((3, 4)).T}
    optimizer = Adam()
    with pytest.raises(ValueError, match=r"params\['b'\] of shape \(4, 3\) must be C-contiguous"):
        optimizer.update(params, {"a": np.ones(3), "b": np.ones((4, 3))}, 0.1)
    assert (params["a"] == 1).all()
    assert not optimizer.state


@pytest.mark.parametrize(
    ("grads", "message"),
    [({}, "keys"), ({"p": np.ones(3), "q": np.ones(3)}, "'q'"), ({"p": np.ones((3, 1))}, r"\(3, 1\)")],
)
def test_gradients_that_do_not_fit_are_refused(grads, message):
    with pytest.raises(ValueError, match=message):
        SGD().update({"p": np.ones(3)}, grads, 0.1)


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(ValueError, match="momentum"):
        SGD(nesterov=True)


SHARES = [(SGD, "momentum"), (RMSProp, "decay"), (Adam, "beta1"), (Adam, "beta2"), (AdamW, "beta2")]
STRENGTHS = [(RMSProp, "epsilon"), (Adam, "epsilon"), (AdamW, "epsilon"), (AdamW, "weight_decay")]


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [(*option, value) for option in SHARES for value in (-0.1, 1, 1.5, 5, math.nan)]
    + [(*option, value) for option in STRENGTHS for value in (-1, -1e-9, math.inf, math.nan)]
    + [(kind, "epsilon", 0) for kind in (RMSProp, Adam, AdamW)],  # which divides 0 by 0
)
def test_options_that_cannot_be_are_refused(kind, name, value):
    with pytest.raises(ValueError, match=f"^{name} is {value}; wanted .*(at least 0|more than 0)"):
        kind(**{name: value})


@pytest.mark.parametrize(("kind", "name"), [*SHARES, (AdamW, "weight_decay")])
def test_shares_and_decay_may_be_0(kind, name):
    params = {"p": np.ones(3)}
    kind(**{name: 0}).update(params, {"p": np.ones(3)}, 0.1)
    assert (params["p"] < 1).all()


@pytest.mark.parametrize("name", TEXTBOOK)
def test_moments_of_unused_rows_never_become_subnormal(name):
    kind, options, _ = TEXTBOOK[name]
    params = {"p": np.ones(3, np.float32)}
    optimizer = kind(**options)
    optimizer.update(params, {"p": np.full(3, 1e-15, np.float32)}, 0.1)
    for _ in range(1500):
        optimizer.update(params, {"p": np.zeros(3, np.float32)}, 0.1)
    for moment in (optimizer.state[key] for key in optimizer.state.keys() - {"step"}):
        assert ((moment == 0) | (np.abs(moment) >= np.finfo(np.float32).tiny)).all()


@pytest.mark.parametrize("name", TEXTBOOK)
def test_state_carried_over_continues_the_same_path(name):
    kind, options, _ = TEXTBOOK[name]
    rng = np.random.default_rng(0)
    gradients = [{"p": rng.standard_normal(9)} for _ in range(6)]
    whole, halves = {"p": np.ones(9)}, {"p": np.ones(9)}
    one, first, second = kind(**options), kind(**options), kind(**options)
    for grads in gradients:
        one.update(whole, grads, 0.1)
    for grads in gradients[:3]:
        first.update(halves, grads, 0.1)
    second.state = {key: value.copy() for key, value in first.state.items()}
    for grads in gradients[3:]:
        second.update(halves, grads, 0.1)
    assert np.array_equal(whole["p"], halves["p"])
