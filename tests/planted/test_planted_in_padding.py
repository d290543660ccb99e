"""Padding that leaks into states, attention or the loss, planted in our code: the suite catches each leak."""

from collections.abc import Callable

import numpy as np
import pytest

from helpers.attention import assert_attention_ignores_padding, make_attention
from helpers.models import (
    assert_batch_equals_one_by_one,
    assert_padding_changes_nothing,
    make_model,
    make_tiny_batch,
)
from helpers.planting import Bug, assert_caught
from helpers.problems import RAGGED
from lstm_lib.nn import attention, recurrent
from lstm_lib.seq2seq.model import Seq2Seq

# The checks, those that the ordinary tests call


def padding() -> None:
    assert_padding_changes_nothing(make_model(), make_tiny_batch())


def company() -> None:
    assert_batch_equals_one_by_one(make_model(), make_tiny_batch())


def attention_padding() -> None:
    rng = np.random.default_rng(0)
    queries, values = rng.standard_normal((3, 2, 2)), rng.standard_normal((3, 4, 2))
    assert_attention_ignores_padding(make_attention("additive", RAGGED), queries, values, RAGGED.mask)


# The bugs


def counting_padding(real):
    def wrong(self, batch, rng=None):
        return real(self, batch._replace(target_mask=np.ones_like(batch.target_mask)), rng)

    return wrong


def divided_by(count: Callable):
    def plant(real):
        def wrong(self, batch, rng=None):
            loss, grads, tokens = real(self, batch, rng)
            factor = tokens / count(batch)
            return loss * factor, {name: grad * factor for name, grad in grads.items()}, tokens

        return wrong

    return plant


def blind_to_masks(real):
    """Attention over padding too."""
    return lambda scores, mask: real(scores, None)


def running_through_padding(real):
    """Recurrent layers that take padding for words."""
    return lambda mask, *rest: real(None, *rest)


BUGS = {
    "padding in the encoder's state": Bug(padding, recurrent, "kept_shares", running_through_padding),
    "padding in a sentence's company": Bug(company, recurrent, "kept_shares", running_through_padding),
    "padding in attention": Bug(attention_padding, attention, "masked_softmax", blind_to_masks),
    "padding in a model's attention": Bug(padding, attention, "masked_softmax", blind_to_masks),
    "padding in the loss": Bug(padding, Seq2Seq, "loss_and_grads", counting_padding),
    "the loss divided by all positions": Bug(
        padding, Seq2Seq, "loss_and_grads", divided_by(lambda batch: batch.target_mask.size)
    ),
    "the loss divided by sentences": Bug(
        company, Seq2Seq, "loss_and_grads", divided_by(lambda batch: len(batch.source))
    ),
}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_is_caught(bug, monkeypatch):
    assert_caught(bug, monkeypatch)
