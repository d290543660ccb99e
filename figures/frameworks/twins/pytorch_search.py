"""The twin in PyTorch, its search: loops of tensor operations in inference mode."""

import numpy as np
import torch
from torch import Tensor

from figures.frameworks.twins.contract import cut
from lstm_lib.seq2seq.search import Rules, length_limits, length_penalty


@torch.inference_mode()
def greedy(model, source: np.ndarray, source_mask: np.ndarray, rules: Rules) -> list[list[int]]:
    """Args: model, a `pytorch.Model` in evaluation mode; source, source_mask (B, S); rules."""
    memory, state, forbidden = begin(model, source, source_mask, rules)
    limits = length_limits(source_mask, rules)
    ids, words = torch.full((len(source),), rules.bos), []
    done = torch.zeros(len(source), dtype=torch.bool)
    for length in range(1, limits.max() + 1):
        logits, state = next_logits(model, ids, state, memory)
        ids = (logits + forbidden).argmax(1)
        words.append(ids)
        done |= (ids == rules.eos) | (torch.from_numpy(limits) <= length)
        if done.all():
            break
    return cut(torch.stack(words, 1).numpy(), limits, rules.eos)


@torch.inference_mode()
def beam(
    model, source: np.ndarray, source_mask: np.ndarray, rules: Rules, beam_size: int, alpha: float
) -> list[list[int]]:
    """Args: as for `greedy`; alpha, of the length penalty."""
    memory, state, forbidden = begin(model, source, source_mask, rules)
    limits = length_limits(source_mask, rules)
    batch, K, V = len(source), beam_size, len(forbidden)
    memory, state = ([part.repeat_interleave(K, 0) for part in group] for group in (memory, state))
    first_row = torch.arange(batch)[:, None] * K
    totals = torch.full((batch, K), -torch.inf, dtype=forbidden.dtype)
    totals[:, 0] = 0  # all beams begin alike: only one may branch
    words = torch.zeros((batch, K, limits.max()), dtype=torch.long)
    best_score, best_words = totals.new_full((batch,), -torch.inf), words[:, 0].clone()
    ids = torch.full((batch, K), rules.bos)
    for t in range(limits.max()):
        logits, state = next_logits(model, ids.flatten(), state, memory)
        log_p = logits.log_softmax(1) + forbidden
        totals, places = (totals[:, :, None] + log_p.view(batch, K, V)).flatten(1).topk(K)
        parents, ids = (first_row + places // V).flatten(), places % V
        state = [part[parents] for part in state]
        words = words.view(batch * K, -1)[parents].view_as(words)
        words[:, :, t] = ids
        ended = (ids == rules.eos) | (torch.from_numpy(limits)[:, None] == t + 1)
        score, beam = (totals / length_penalty(t + 1, alpha)).masked_fill(~ended, -torch.inf).max(1)
        better = score > best_score
        best_score = torch.where(better, score, best_score)
        best_words[better] = words[better, beam[better]]
        totals = totals.masked_fill(ended, -torch.inf)
        if totals.max() == -torch.inf:
            break
    return cut(best_words.numpy(), limits, rules.eos)


def begin(model, source: np.ndarray, source_mask: np.ndarray, rules: Rules):
    """Returns: the memory; the first state; 0 or -inf for each word (V)."""
    memory, state = model.encode(torch.from_numpy(source), torch.from_numpy(source_mask))
    forbidden = torch.zeros_like(model.output.bias)
    forbidden[list(rules.forbidden)] = -torch.inf
    return memory, state, forbidden


def next_logits(model, ids: Tensor, state: tuple[Tensor, ...], memory):
    """Logits (B, V) of the next word, and the new state."""
    x = model.target_embedding(ids)
    context, state = model.step(x, state, *memory)
    return model.words(torch.cat([state[0], context, x], 1)), state
