"""Attention: the formulas of the papers, written in PyTorch and differentiated by it."""

import numpy as np
import pytest

from course.shared.gradcheck import randomize
from lstm_lib.nn.attention import AdditiveAttention, DotAttention, GeneralAttention

torch = pytest.importorskip("torch")

B, T, S, Q, D, A = 3, 4, 5, 6, 7, 8
LENGTHS = {"full": [S] * B, "ragged": [2, S, 1]}
TOLERANCE = {"rtol": 0, "atol": 1e-10}

# name: our layer, and the scores (B, T, S) of queries q (B, T, Q) against values v (B, S, D), parameters p
SCORES = {
    "additive": (
        lambda rng: AdditiveAttention(Q, D, A, rng, np.float64),
        lambda q, v, p: torch.tanh((q @ p["W_q"])[:, :, None] + (v @ p["W_k"])[:, None]) @ p["v"],
    ),
    "dot": (lambda rng: DotAttention(Q, Q), lambda q, v, p: torch.einsum("btq,bsq->bts", q, v)),
    "general": (
        lambda rng: GeneralAttention(Q, D, rng, np.float64),
        lambda q, v, p: torch.einsum("btq,bsd,dq->bts", q, v, p["W"]),
    ),
}


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("name", SCORES)
def test_values_and_gradients_are_pytorchs(name, lengths):
    rng = np.random.default_rng(0)
    build, score = SCORES[name]
    layer = build(rng)
    randomize(layer.params, rng)
    mask = np.arange(S) < np.array(LENGTHS[lengths])[:, None]
    queries, values = rng.standard_normal((B, T, Q)), rng.standard_normal((B, S, layer.value_size))
    dcontext = rng.standard_normal((B, T, layer.value_size))
    context, cache = layer.forward(queries, values, mask)
    dqueries, dvalues, grads = layer.backward(dcontext, cache)

    q, v = (torch.tensor(array, requires_grad=True) for array in (queries, values))
    p = {key: torch.tensor(array, requires_grad=True) for key, array in layer.params.items()}
    scores = score(q, v, p).masked_fill(~torch.tensor(mask)[:, None], -torch.inf)
    weights = torch.softmax(scores, dim=-1)
    torch_context = weights @ v
    torch_context.backward(torch.tensor(dcontext))

    np.testing.assert_allclose(cache.weights, weights.detach(), **TOLERANCE)
    np.testing.assert_allclose(context, torch_context.detach(), **TOLERANCE)
    np.testing.assert_allclose(dqueries, q.grad, **TOLERANCE)
    np.testing.assert_allclose(dvalues, v.grad, **TOLERANCE)
    for key, tensor in p.items():
        np.testing.assert_allclose(grads[key], tensor.grad, **TOLERANCE, err_msg=key)


def test_dot_attention_is_pytorchs_scaled_dot_product_without_the_scale():
    rng = np.random.default_rng(1)
    queries, values = rng.standard_normal((B, T, Q)), rng.standard_normal((B, S, Q))
    mask = np.arange(S) < np.array(LENGTHS["ragged"])[:, None]
    q, v = torch.tensor(queries), torch.tensor(values)
    wanted = torch.nn.functional.scaled_dot_product_attention(
        q, v, v, attn_mask=torch.tensor(mask)[:, None], scale=1.0
    )
    np.testing.assert_allclose(DotAttention(Q, Q).forward(queries, values, mask)[0], wanted, **TOLERANCE)
