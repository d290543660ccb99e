"""Whole models: gradients, blindness to padding and to neighbors in a batch, and what they write unaided."""

import numpy as np

from course.shared.gradcheck import Operation, randomize
from helpers.arrays import assert_close
from lstm_lib.seq2seq.model import ModelConfig, Seq2Seq
from lstm_lib.seq2seq.search import Hypothesis, Rules, beam_search, greedy
from lstm_lib.text.batching import Batch, make_batch
from lstm_lib.text.vocabulary import BOS, EOS, PAD

SOURCE_SIZE, TARGET_SIZE = 7, 6
RULES = Rules(BOS, EOS, forbidden=(PAD, BOS), growth=1.0, margin=3)


def make_model(seed: int = 0, dtype=np.float64, **options) -> Seq2Seq:
    """A tiny model with random, non-zero parameters."""
    sizes = {"embedding_size": 2, "hidden_size": 2} | options
    rng = np.random.default_rng(seed)
    model = Seq2Seq(ModelConfig(SOURCE_SIZE, TARGET_SIZE, **sizes), rng, dtype)
    randomize(model.params, rng, scale=0.8)
    words = "decoder.embedding.table" if model.config.tied_embeddings else "output.W"
    model.params[words] *= 3  # so that the words hang on what was read, not on the output's bias alone
    return model


def make_tiny_batch(seed: int = 0, size: int = 3, longest: int = 3) -> Batch:
    """Random sentences of 0 to `longest` words, special ids such as <unk> among them."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(longest + 1, size=(size, 2))
    return make_batch(
        [
            (rng.integers(SOURCE_SIZE, size=s).tolist(), rng.integers(TARGET_SIZE, size=t).tolist())
            for s, t in lengths
        ]
    )


def one_by_one(batch: Batch) -> list[Batch]:
    """Each sentence pair as a batch of its own, without padding."""
    singles = []
    for k in range(len(batch.source)):
        s, t = batch.source_mask[k].sum(), batch.target_mask[k].sum()
        widths = (s, s, t, t, t)
        singles.append(Batch(*(array[k : k + 1, :width] for array, width in zip(batch, widths, strict=True))))
    return singles


def with_more_padding(batch: Batch, source: int = 2, target: int = 3, seed: int = 0) -> Batch:
    """The same sentences with more padding, and with random words in all of it."""
    rng = np.random.default_rng(seed)

    def padded(ids, mask, more, size):
        wide = rng.integers(size, size=(len(ids), ids.shape[1] + more)).astype(ids.dtype)
        wide[:, : ids.shape[1]][mask] = ids[mask]
        return wide

    def longer(mask, more):
        return np.concatenate([mask, np.zeros((len(mask), more), bool)], axis=1)

    return Batch(
        padded(batch.source, batch.source_mask, source, SOURCE_SIZE),
        longer(batch.source_mask, source),
        padded(batch.target_in, batch.target_mask, target, TARGET_SIZE),
        padded(batch.target_out, batch.target_mask, target, TARGET_SIZE),
        longer(batch.target_mask, target),
    )


def model_operation(model: Seq2Seq, batch: Batch, seed: int | None = None) -> Operation:
    """The loss as a function of all parameters.  Args: seed: of dropout and the like; None: evaluation."""

    def run():
        return model.loss_and_grads(batch, None if seed is None else np.random.default_rng(seed))

    def backward(upstream, grads):
        return {f"params.{name}": upstream[0] * grad for name, grad in grads.items()}

    def forward(arrays):
        loss, grads, _ = run()
        return [np.array(loss)], grads

    return Operation(model, {}, forward, backward)


def assert_padding_changes_nothing(model: Seq2Seq, batch: Batch) -> None:
    """Neither loss, gradients nor translations know how much padding there is, or what stands in it."""
    padded = with_more_padding(batch)
    loss, grads, tokens = model.loss_and_grads(batch)
    loss_padded, grads_padded, tokens_padded = model.loss_and_grads(padded)
    assert tokens_padded == tokens == batch.tokens
    assert_close(loss_padded, loss, "loss")
    assert_close(model.loss(padded)[0], model.loss(batch)[0], "summed loss")
    for name in model.params:
        assert_close(grads_padded[name], grads[name], name)
    assert_same_translations(translations(model, padded), translations(model, batch))


def assert_batch_equals_one_by_one(model: Seq2Seq, batch: Batch) -> None:
    """A batch's loss and gradients are the mean over its tokens, and its translations each sentence's own."""
    loss, grads, tokens = model.loss_and_grads(batch)
    singles = [(single, *model.loss_and_grads(single)) for single in one_by_one(batch)]
    assert tokens == sum(count for *_, count in singles)
    assert_close(loss, sum(value * count for _, value, _, count in singles) / tokens, "loss")
    sums = [model.loss(single) for single, *_ in singles]
    assert_close(model.loss(batch)[0], sum(value for value, _ in sums), "summed loss")
    for name in model.params:
        mean = sum(single_grads[name] * count for _, _, single_grads, count in singles) / tokens
        assert_close(grads[name], mean, name)
    alone = [translations(model, single) for single, *_ in singles]
    assert_same_translations(translations(model, batch), [found for (found,) in alone])


def translations(model: Seq2Seq, batch: Batch) -> list:
    """For each sentence the greedy translation and the three best of a beam."""
    one = greedy(model, batch.source, batch.source_mask, RULES)
    several = beam_search(model, batch.source, batch.source_mask, RULES, beam_size=3, n_best=3)
    return [[first, *others] for first, others in zip(one, several, strict=True)]


def assert_same_translations(got: list, wanted: list) -> None:
    for found, expected in zip(got, wanted, strict=True):
        assert [hypothesis.ids for hypothesis in found] == [hypothesis.ids for hypothesis in expected]
        for hypothesis, other in zip(found, expected, strict=True):
            assert_same_hypothesis(hypothesis, other)


def assert_same_hypothesis(got: Hypothesis, wanted: Hypothesis) -> None:
    assert got.ids == wanted.ids
    np.testing.assert_allclose(got[1:3], wanted[1:3], rtol=0, atol=1e-12)
    assert (got.attention is None) == (wanted.attention is None)
    if wanted.attention is not None:
        np.testing.assert_allclose(got.attention, wanted.attention, rtol=0, atol=1e-12)


def assert_greedy_writes_on_its_own(model: Seq2Seq, batch: Batch) -> None:
    """Greedy search reads its own words, never the target's: it writes what the slowest loop writes."""
    found = greedy(model, batch.source, batch.source_mask, RULES)
    for single, hypothesis in zip(one_by_one(batch), found, strict=True):
        wanted = slow_greedy(model, single.source, single.source_mask, RULES)
        assert hypothesis.ids == wanted, f"wrote {hypothesis.ids}; its own words lead to {wanted}"


def slow_greedy(model: Seq2Seq, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[int]:
    """One sentence, reading all words so far again for each new one, through the pass that training uses."""
    memory, state = model.begin(source, source_mask)
    words = [rules.bos]
    while len(words) <= int(rules.growth * source_mask.sum() + rules.margin):
        readout, _ = model.decoder.forward(np.array([words]), memory, state.rnn)
        logits, _ = model.output.forward(readout[0, -1])
        logits[list(rules.forbidden)] = -np.inf
        word = int(logits.argmax())
        if word == rules.eos:
            break
        words.append(word)
    return words[1:]
