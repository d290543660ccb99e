"""The check of attention's whole way back passes right gradients, and tells which of them is wrong."""

import numpy as np
import pytest

from course.attention.whole_backward import (
    ARGUMENTS,
    BACKWARD,
    RETURNS,
    check_attention_backward,
    library_backward,
)
from course.shared.equations import function_of

by_equations = function_of(BACKWARD, ARGUMENTS, RETURNS)


def query_by_query(dcontext, w, q, values, W_q, W_k, v):
    """Right: loops over sentences and queries."""
    dq, dvalues = np.zeros_like(q), np.zeros_like(values)
    dW_q, dW_k, dv = np.zeros_like(W_q), np.zeros_like(W_k), np.zeros_like(v)
    for k, t in np.ndindex(q.shape[:2]):
        hidden = np.tanh(q[k, t] @ W_q + values[k] @ W_k)  # (S, A)
        dw = values[k] @ dcontext[k, t]
        de = (np.diag(w[k, t]) - np.outer(w[k, t], w[k, t])) @ dw
        dsum = np.outer(de, v) * (1 - hidden) * (1 + hidden)
        dq[k, t] = W_q @ dsum.sum(0)
        dvalues[k] += np.outer(w[k, t], dcontext[k, t]) + dsum @ W_k.T
        dW_q += np.outer(q[k, t], dsum.sum(0))
        dW_k += values[k].T @ dsum
        dv += de @ hidden
    return [dq, dvalues, dW_q, dW_k, dv]


@pytest.mark.parametrize("student", [library_backward, by_equations, query_by_query])
def test_right_gradients_pass(says, student):
    assert says(check_attention_backward, student).startswith("Right: dq, dvalues, dW_q, dW_k and dv agree")


def test_a_wrong_part_is_told(says):
    def student(*arguments):
        dq, dvalues, dW_q, dW_k, dv = by_equations(*arguments)
        return dq, dvalues, dW_q, dW_k, dv + 1e-3

    told = says(check_attention_backward, student)
    assert told.startswith("Not yet. Right so far: dq, dvalues, dW_q, dW_k. dv is the first that differs")
