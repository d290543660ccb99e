"""Submissions for the exercises on search, on the loss and on both ends of the gradient."""

import heapq
import math

import numpy as np
from scipy.special import log_softmax, logsumexp, softmax

from lstm_lib.text.vocabulary import BOS, EOS

# One step of beam search


def beam_by_tuples(totals, ended, log_p, length):
    found = [
        (totals[k] + log_p[k, word], k, word)
        for k in range(len(totals))
        if not ended[k]
        for word in range(log_p.shape[1])
    ]
    best = sorted(found, key=lambda one: -one[0])[: len(totals)]
    return [list(column) for column in zip(*best, strict=True)]


def beam_by_a_heap(totals, ended, log_p, length):
    values = {
        (k, word): value
        for k in np.flatnonzero(~ended)
        for word, value in enumerate((totals[k] + log_p[k]).tolist())
    }
    best = heapq.nlargest(len(totals), values, key=values.get)
    return np.array([values[place] for place in best]), *np.array(best).T


def beam_of_open_rows(totals, ended, log_p, length):
    places = np.flatnonzero(np.logical_not(ended))
    values = totals[places, None] + log_p[places]
    rows, words = np.unravel_index(np.argsort(values, axis=None)[::-1][: len(totals)], values.shape)
    return values[rows, words], places[rows], words


def beam_one_by_one(totals, ended, log_p, length):
    left = np.where(ended[:, None], -np.inf, totals[:, None] + log_p)
    found = []
    for _ in totals:
        parent, word = np.unravel_index(left.argmax(), left.shape)
        found.append((left[parent, word], parent, word))
        left[parent, word] = -np.inf
    return tuple(map(np.array, zip(*found, strict=True)))


def places_among_the_open(totals, ended, log_p, length):
    """The parents are counted among the prefixes that go on."""
    best, parents, words = beam_of_open_rows(totals, ended, log_p, length)
    return best, np.searchsorted(np.flatnonzero(~ended), parents), words


def one_of_each_word(totals, ended, log_p, length):
    """No word is written by two prefixes."""
    values = np.where(ended[:, None], -np.inf, totals[:, None] + log_p)
    parents = values.argmax(axis=0)
    words = np.argsort(-values.max(axis=0))[: len(totals)]
    return values[parents[words], words], parents[words], words


# The loss under teacher forcing


def loss_by_a_loop(decoder, target, mask):
    read = [[BOS, *row[:-1]] for row in target.tolist()]
    log_p, total, count = decoder(np.array(read)), 0.0, 0
    for n in range(len(target)):
        for t in range(target.shape[1]):
            if mask[n, t]:
                total -= log_p[n, t, target[n, t]]
                count += 1
    return total / count


def loss_by_one_hot(decoder, target, mask):
    read = np.roll(target, 1, axis=1)
    read[:, 0] = BOS
    log_p = decoder(read)
    at_target = np.eye(log_p.shape[2])[target] * mask[:, :, None]
    return -(at_target * log_p).sum() / at_target.sum()


def loss_by_weights(decoder, target, mask):
    read = np.insert(target, 0, BOS, axis=1)[:, :-1]
    rows, steps = np.indices(target.shape)
    return np.average(-decoder(read)[rows, steps, target], weights=mask)


def loss_of_real_rows(decoder, target, mask):
    read = np.hstack([np.repeat([[BOS]], len(target), axis=0), target])[:, : target.shape[1]]
    log_p = decoder(read)[mask]
    return float(np.mean([-row[word] for row, word in zip(log_p, target[mask], strict=True)]))


def loss_after(change):
    """A wrong loss.  Args: change: makes a number of the losses of all real tokens."""

    def function(decoder, target, mask):
        read = np.roll(target, 1, axis=1)
        read[:, 0] = BOS
        log_p = decoder(read)
        return change(-np.take_along_axis(log_p, target[:, :, None], axis=2)[:, :, 0][mask])

    return function


def loss_of_greedy_inputs(decoder, target, mask):
    """Reads what it would have written itself."""
    read = np.full(target.shape, BOS)
    for t in range(1, target.shape[1]):
        read[:, t] = decoder(read)[:, t - 1].argmax(axis=1)
    return -np.take_along_axis(decoder(read), target[:, :, None], axis=2)[:, :, 0][mask].mean()


# The loss and the gradient of the logits


def softmax_loss_by_scipy(logits, target, mask):
    log_p, dlogits = log_softmax(logits, axis=2), softmax(logits, axis=2)
    rows, steps = np.nonzero(mask)
    dlogits[rows, steps, target[mask]] -= 1
    dlogits[~mask] = 0
    return -log_p[rows, steps, target[mask]].mean(), dlogits / len(rows)


def softmax_loss_of_real_rows(logits, target, mask):
    rows, words = logits[mask], target[mask]
    normal = logsumexp(rows, axis=1)
    dlogits = np.zeros_like(logits)
    dlogits[mask] = (np.exp(rows - normal[:, None]) - np.eye(rows.shape[1])[words]) / len(rows)
    return np.mean(normal - rows[range(len(rows)), words]), dlogits


def softmax_loss_by_a_loop(logits, target, mask):
    loss, dlogits, N = 0.0, np.zeros(logits.shape), int(mask.sum())
    for n, t in np.argwhere(mask):
        e = [math.exp(z - max(logits[n, t])) for z in logits[n, t]]
        for word, one in enumerate(e):
            dlogits[n, t, word] = one / sum(e) / N
        loss -= (logits[n, t, target[n, t]] - max(logits[n, t]) - math.log(sum(e))) / N
        dlogits[n, t, target[n, t]] -= 1 / N
    return loss, dlogits


def softmax_loss_flat(logits, target, mask):
    V = logits.shape[-1]
    z, words, weight = logits.reshape(-1, V), target.reshape(-1), mask.reshape(-1) / mask.sum()
    log_p = z - np.logaddexp.reduce(z, axis=1)[:, None]
    one_hot = np.arange(V)[None] == words[:, None]
    loss = -(weight * log_p[np.arange(len(z)), words]).sum()
    return loss, (weight[:, None] * (np.exp(log_p) - one_hot)).reshape(logits.shape)


def smoothed_loss(logits, target, mask):
    log_p = log_softmax(logits, axis=2)
    wanted = 0.9 * np.eye(logits.shape[2])[target] + 0.1 / logits.shape[2]
    loss = -(wanted * log_p).sum(axis=2)[mask].mean()
    return loss, (np.exp(log_p) - wanted) * mask[:, :, None] / mask.sum()


# The gradient of the embeddings


def embeddings_by_a_loop(ids, dx, mask, V):
    rows = [[0.0] * dx.shape[2] for _ in range(V)]
    for n in range(len(ids)):
        for t in range(len(ids[n])):
            if mask[n, t]:
                rows[ids[n, t]] = [a + b for a, b in zip(rows[ids[n, t]], dx[n, t], strict=True)]
    return rows


def embeddings_by_word(ids, dx, mask, V):
    return np.stack([dx[mask & (ids == word)].sum(axis=0) for word in range(V)])


def embeddings_by_bincount(ids, dx, mask, V):
    columns = dx[mask].T
    return np.stack([np.bincount(ids[mask], weights=column, minlength=V) for column in columns], axis=1)


def embeddings_by_einsum(ids, dx, mask, V):
    one_hot = (ids[..., None] == np.arange(V)) & mask[..., None]
    return np.einsum("btv,bte->ve", one_hot.astype(dx.dtype), dx)


def embeddings_changed(change):
    return lambda ids, dx, mask, V: change(embeddings_by_word(ids, dx, mask, V), ids, dx, mask)


# Greedy decoding


def greedy_by_sentence(step, state, length):
    rows = []
    for k in range(len(state)):
        word, one, row = np.array([BOS]), state[k : k + 1], []
        while len(row) < length:
            log_p, one = step(word, one)
            word = log_p.argmax(axis=1)
            if word[0] == EOS:
                break
            row.append(int(word[0]))
        rows.append(row)
    return rows


def greedy_of_the_open(step, state, length):
    """Steps only those that have not ended."""
    rows, going, words = [[] for _ in state], np.arange(len(state)), np.full(len(state), BOS)
    for _ in range(length):
        if not going.size:
            break
        log_p, state = step(words, state)
        words = np.argmax(log_p, axis=-1)
        open_ = words != EOS
        going, words, state = going[open_], words[open_], state[open_]
        for k, word in zip(going, words, strict=True):
            rows[k].append(word)
    return rows


def greedy_by_recursion(step, state, length, words=None):
    words = np.repeat(BOS, len(state)) if words is None else words
    if length == 0:
        return [[] for _ in state]
    log_p, after = step(words, state)
    chosen = [max(range(len(row)), key=row.__getitem__) for row in log_p]
    rest = greedy_by_recursion(step, after, length - 1, np.array(chosen))
    return [[] if word == EOS else [word, *tail] for word, tail in zip(chosen, rest, strict=True)]


def greedy_with_flags(step, state, length):
    words, ended = np.zeros(len(state), int) + BOS, np.zeros(len(state), bool)
    rows = np.full((len(state), length), -5)
    for t in range(length):
        log_p, state = step(words, state)
        words = np.argsort(log_p, axis=1)[:, -1]
        ended |= words == EOS
        rows[~ended, t] = words[~ended]
    return [row[row != -5].tolist() for row in rows]


def greedy_with(choose):
    """Wrong decoding.  Args: choose: takes log p and the words before; gives the next words."""

    def function(step, state, length):
        words, rows = np.full(len(state), BOS), []
        for _ in range(length):
            log_p, state = step(words, state)
            words = choose(log_p.copy(), words)
            rows.append(words)
        rows = np.array(rows).T.tolist()
        return [row[: row.index(EOS)] if EOS in row else row for row in rows]

    return function


def second_best(log_p, words):
    return np.argsort(log_p, axis=1)[:, -2]


def never_the_same_again(log_p, words):
    log_p[np.arange(len(words)), words] = -np.inf
    return log_p.argmax(axis=1)


def the_same_for_all(log_p, words):
    return np.repeat(log_p.sum(axis=0).argmax(), len(words))


def never_the_end(log_p, words):
    log_p[:, EOS] = -np.inf
    return log_p.argmax(axis=1)


# Beam search


def search_of_lists(step, state, size, length, rank=lambda total, words: total):
    beam, done = [(0.0, [], BOS, state)], []
    for _ in range(length):
        grown = []
        for total, words, last, own in beam:
            log_p, after = step(np.array([last]), own)
            grown += [(total + log_p[0, w], [*words, w], w, after) for w in range(log_p.shape[1])]
        best = sorted(grown, key=lambda one: one[0], reverse=True)[:size]
        done += [(total, words[:-1]) for total, words, last, _ in best if last == EOS]
        beam = [one for one in best if one[2] != EOS]
    total, words = max(done, key=lambda one: rank(*one))
    return words, total


def search_with_a_heap(step, state, size, length):
    beam, best = [(0.0, (BOS,), int(state[0]))], (-np.inf, ())
    for _ in range(length):
        if not beam:
            break
        log_p, after = step(np.array([words[-1] for _, words, _ in beam]), np.array([s for *_, s in beam]))
        grown = (
            (total + log_p[k, w], (*words, w), after[k])
            for k, (total, words, _) in enumerate(beam)
            for w in range(log_p.shape[1])
        )
        kept = heapq.nlargest(size, grown, key=lambda one: one[0])
        best = max([best, *((total, words) for total, words, _ in kept if words[-1] == EOS)])
        beam = [one for one in kept if one[1][-1] != EOS]
    return list(best[1][1:-1]), best[0]


def search_by_recursion(step, state, size, length):
    def go_on(totals, prefixes, state, left):
        if left == 0 or not prefixes:
            return []
        log_p, state = step(np.array([prefix[-1] for prefix in prefixes]), state)
        values = np.array(totals)[:, None] + log_p
        found = [np.unravel_index(k, values.shape) for k in np.argsort(values.ravel())[::-1][:size]]
        ends = [(values[k, w], prefixes[k][1:]) for k, w in found if w == EOS]
        on = [(k, w) for k, w in found if w != EOS]
        parents = [k for k, _ in on]
        return ends + go_on(
            [values[place] for place in on], [[*prefixes[k], w] for k, w in on], state[parents], left - 1
        )

    total, words = max(go_on([0.0], [[BOS]], state, length), key=lambda end: end[0])
    return words, total


def search_in_arrays(step, state, size, length):
    """Of fixed size: unused places have a total of minus infinity."""
    totals = np.full(size, -np.inf)
    totals[0], states = 0.0, np.repeat(state, size)
    words, best = np.full((size, length + 1), BOS), (-np.inf, None)
    for t in range(length):
        log_p, after = step(words[:, t], states)
        values = (totals[:, None] + log_p).ravel()
        order = np.argsort(-values, kind="stable")[:size]
        parents, chosen = order // log_p.shape[1], order % log_p.shape[1]
        totals, states, words = values[order], after[parents], words[parents]
        words[:, t + 1] = chosen
        for k in np.flatnonzero((chosen == EOS) & (totals > best[0])):
            best = max(best, (totals[k], words[k, 1 : t + 1].tolist()), key=lambda one: one[0])
        totals = np.where(chosen == EOS, -np.inf, totals)
    return best[1], best[0]


def best_word_of_each_prefix(step, state, size, length):
    """Splits only at the first word; then each prefix goes its own greedy way."""
    log_p, after = step(np.array([BOS]), state)
    first, found = np.argsort(-log_p[0])[:size], []
    for word in first:
        total, words, own = log_p[0, word], [word], after
        while words[-1] != EOS and len(words) < length:
            more, own = step(np.array(words[-1:]), own)
            words.append(int(more[0].argmax()))
            total += more[0].max()
        if words[-1] == EOS:
            found.append((total, words[:-1]))
    total, words = max(found, default=(-np.inf, []), key=lambda one: one[0])
    return words, total


RIGHT = {
    "check_beam_step": (beam_by_tuples, beam_by_a_heap, beam_of_open_rows, beam_one_by_one),
    "check_forced_loss": (loss_by_a_loop, loss_by_one_hot, loss_by_weights, loss_of_real_rows),
    "check_softmax_loss": (
        softmax_loss_by_scipy,
        softmax_loss_of_real_rows,
        softmax_loss_by_a_loop,
        softmax_loss_flat,
    ),
    "check_embedding_gradient": (
        embeddings_by_a_loop,
        embeddings_by_word,
        embeddings_by_bincount,
        embeddings_by_einsum,
    ),
    "check_greedy": (greedy_by_sentence, greedy_of_the_open, greedy_by_recursion, greedy_with_flags),
    "check_beam_search": (search_of_lists, search_with_a_heap, search_by_recursion, search_in_arrays),
}
WRONG = {
    "check_beam_step": {
        "parents are counted among the open prefixes": places_among_the_open,
        "no word is written twice": one_of_each_word,
        "ids of words are counted from 1": lambda *given: (
            *beam_by_a_heap(*given)[:2],
            beam_by_a_heap(*given)[2] + 1,
        ),
        "the totals are those of the prefixes' order": lambda totals, *rest: (
            np.sort(totals)[::-1],
            *beam_by_a_heap(totals, *rest)[1:],
        ),
        "totals are halved": lambda totals, *rest: beam_by_a_heap(totals / 2, *rest),
    },
    "check_forced_loss": {
        "the median of the tokens": loss_after(np.median),
        "the root of the mean square": loss_after(lambda nll: np.sqrt(np.mean(nll**2))),
        "the worst token": loss_after(np.max),
        "the mean of the squares": loss_after(lambda nll: np.mean(nll**2)),
        "the decoder reads its own words": loss_of_greedy_inputs,
    },
    "check_softmax_loss": {
        "label smoothing": smoothed_loss,
        "a temperature of 2": lambda logits, *rest: softmax_loss_flat(logits / 2, *rest),
        "the gradient is clipped": lambda *given: (
            softmax_loss_flat(*given)[0],
            np.clip(softmax_loss_flat(*given)[1], -0.05, 0.05),
        ),
        "the next word is the target": lambda logits, target, mask: softmax_loss_flat(
            logits, np.roll(target, -1, axis=1), mask
        ),
        "only the first sentence counts": lambda logits, target, mask: softmax_loss_flat(
            logits, target, mask & (np.arange(len(mask)) == 0)[:, None]
        ),
    },
    "check_embedding_gradient": {
        "rows have length 1": embeddings_changed(
            lambda dE, ids, dx, mask: dE / np.maximum(np.linalg.norm(dE, axis=1, keepdims=True), 1e-9)
        ),
        "the most frequent word gets nothing": embeddings_changed(
            lambda dE, ids, dx, mask: dE * (np.arange(len(dE)) != np.bincount(ids[mask]).argmax())[:, None]
        ),
        "ids are one too small": embeddings_changed(lambda dE, ids, dx, mask: np.roll(dE, -1, axis=0)),
        "each step's gradient goes to the word before": lambda ids, dx, mask, V: embeddings_by_word(
            ids, np.roll(dx, -1, axis=1), mask, V
        ),
        "the largest gradient of each word": lambda ids, dx, mask, V: np.stack(
            [np.max(np.vstack([dx[mask & (ids == w)], 0 * dx[0, :1]]), axis=0) for w in range(V)]
        ),
    },
    "check_greedy": {
        "the second best word": greedy_with(second_best),
        "no word may follow itself": greedy_with(never_the_same_again),
        "all sentences write the same word": greedy_with(the_same_for_all),
        "the end is never written": greedy_with(never_the_end),
        "rows are in the order of their length": lambda *given: sorted(greedy_by_sentence(*given), key=len),
    },
    "check_beam_search": {
        "only the first word is searched": best_word_of_each_prefix,
        "the words are reversed": lambda *given: (
            search_of_lists(*given)[0][::-1],
            search_of_lists(*given)[1],
        ),
        "the total leaves out the end": lambda step, state, size, length: (
            search_of_lists(step, state, size, length)[0],
            search_of_lists(step, state, size, length)[1] * 0.9,
        ),
        "long sentences get a reward": lambda *given: search_of_lists(
            *given, rank=lambda total, words: total + len(words)
        ),
    },
}
