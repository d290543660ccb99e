"""Checks of two ways to write a translation word by word: greedy, and with a beam."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

import numpy as np

from course.shared.diagnosis import Exercise, Verdict, judge
from course.shared.student import Wrong
from lstm_lib.text.vocabulary import BOS, EOS, PAD

Step = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
MEMORIES = 5  # states of a decoder are numbers below


def decoder_step(rng: np.random.Generator, words: int) -> Step:
    """Return a step: from the words read (N,) and the states (N,) to log p (N, words) and new states.

    Everything that a state remembers is a number, drawn once for each state and word read.
    """
    logits = 1.5 * rng.standard_normal((MEMORIES, words, words))
    logits[:, :, [PAD, BOS]] = -9.0  # hardly ever written
    logits[:, :, EOS] -= 1.0
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    after = rng.integers(MEMORIES, size=(MEMORIES, words))
    return lambda ids, states: (log_p[states, ids], after[states, ids])


# Greedy


def greedy(
    step: Step,
    state: np.ndarray,
    length: int,
    *,
    first: int = BOS,
    choose: Callable = np.argmax,
    read: Callable = lambda new, old: new,
    on: Callable = lambda new, old: new,
    cut: Callable = lambda row: row[: row.index(EOS)] if EOS in row else row,
) -> list[list[int]]:
    """Return the most probable word after each prefix, again and again, up to the end of each sentence.

    Args: first: what is read first; choose: picks a word; read, on: take the new words or states and those
        before, and give what the next step gets; cut: ends a row.
    """
    ids, rows = np.full(len(state), first), []
    for _ in range(length):
        log_p, new_state = step(ids, state)
        words = choose(log_p, axis=1)
        rows.append(words)
        ids, state = read(words, ids), on(new_state, state)
    return [cut([int(row[k]) for row in rows]) for k in range(len(state))]


def _until_one_ends(step: Step, state: np.ndarray, length: int) -> list[list[int]]:
    rows = greedy(step, state, length)
    return [row[: min(map(len, rows))] for row in rows]


def _starts(rng: np.random.Generator) -> list[tuple]:
    return [
        (decoder_step(rng, words), rng.integers(MEMORIES, size=batch), length)
        for words, batch, length in ((7, 4, 6), (9, 6, 9), (6, 1, 3), (7, 3, 1))
    ]


def _padded(decode: Callable, step: Step, state: np.ndarray, length: int) -> np.ndarray:
    """Return the rows, which are of different lengths, with -1 behind their ends, (B, 2 length)."""
    rows = decode(step, state, length)
    if not isinstance(rows, list | tuple | np.ndarray) or len(rows) != len(state):
        raise Wrong(f"The function should return a list of {len(state)} rows, one for each sentence.")
    padded = np.full((len(rows), 2 * length), -1)
    for row, words in zip(padded, rows, strict=True):
        row[: len(words)] = words[: len(row)]
    return padded


GREEDY = Exercise(
    ("step", "state", "length"),
    ("rows",),
    _starts,
    greedy,
    {
        "a sentence continues after EOS: cut each row at its first EOS": partial(greedy, cut=lambda row: row),
        "EOS stays in the row: a row holds only words": partial(
            greedy, cut=lambda row: row[: row.index(EOS) + 1] if EOS in row else row
        ),
        "EOS is left out, but the words after it are kept: cut the row there": partial(
            greedy, cut=lambda row: [word for word in row if word != EOS]
        ),
        "the decoder reads EOS first: start with BOS": partial(greedy, first=EOS),
        "the decoder reads PAD first: start with BOS": partial(greedy, first=PAD),
        "the decoder reads BOS at every step: it should read the word that it has just written": partial(
            greedy, read=lambda new, old: old
        ),
        "every step starts from the initial state: pass on the state that the step returns": partial(
            greedy, on=lambda new, old: old
        ),
        "the least probable word is chosen: choose the most probable": partial(greedy, choose=np.argmin),
        "all sentences stop as soon as one has ended: let the others continue": _until_one_ends,
        "decoding stops one word early: write up to `length` words": (
            lambda step, state, length: [row[: length - 1] for row in greedy(step, state, length)]
        ),
        "decoding runs one word too long: write up to `length` words": (
            lambda step, state, length: greedy(step, state, length + 1)
        ),
        "each row starts with BOS: a row holds only words": (
            lambda step, state, length: [[BOS, *row] for row in greedy(step, state, length)]
        ),
    },
    _padded,
)


def check_greedy(student: Callable) -> Verdict:
    """Check greedy decoding, greedy(step, state, length) -> B lists of words.

    Args: student: takes a function step(ids (B,), state) -> log p (B, V) of the next words, and the new
        state; the first state; and how many words a sentence may have.  Returns for each sentence the list
        of its words, without BOS and EOS.
    """
    return judge(student, GREEDY)


# With a beam


def beam_search(
    step: Step,
    state: np.ndarray,
    size: int,
    length: int,
    *,
    extended: Callable = lambda totals, log_p: totals[:, np.newaxis] + log_p,
    moved: Callable = lambda state, parents: state[parents],
    ranked: Callable = lambda total, words: total,
    places: Callable = lambda size, ended: size,
    first: int = BOS,
) -> tuple[list[int], float]:
    """Return the words and the log probability of the best sentence that ends within `length` steps.

    Args: extended: makes values (K, V) of totals and log p; moved: gives each prefix the state of its parent;
        ranked: what the ended are compared by; places: how many prefixes are kept when some sentences have
        ended; first: what is read first.
    """
    totals, prefixes, ended = np.zeros(1), [[first]], []
    for _ in range(length):
        log_p, state = step(np.array([prefix[-1] for prefix in prefixes]), state)
        values = extended(totals, log_p)
        best = np.argsort(-values, axis=None)[: places(size, len(ended))]
        parents, words = np.divmod(best, values.shape[1])
        totals = values[parents, words]
        found = [[*prefixes[k], int(word)] for k, word in zip(parents, words, strict=True)]
        ended += [(totals[k], found[k]) for k in np.flatnonzero(words == EOS)]
        going = words != EOS
        if not going.any():
            break
        totals, prefixes = totals[going], [found[k] for k in np.flatnonzero(going)]
        state = moved(state, parents[going])
    total, words = max(ended, key=lambda both: ranked(*both), default=(-np.inf, [BOS, EOS]))
    return words[1:-1], total


def _with_places_lost(size: int, ended: int) -> int:
    return max(0, size - ended)


def _beams(rng: np.random.Generator) -> list[tuple]:
    """Searches of several sizes, and some of the few in which the place of an ended sentence is needed."""
    sizes = 5 * ((7, 3, 6), (9, 4, 3), (6, 2, 7), (8, 1, 9), (12, 5, 2), (7, 2, 4))
    problems = [
        (decoder_step(rng, words), rng.integers(MEMORIES, size=1), size, length)
        for words, size, length in sizes + 100 * ((6, 2, 7),)
    ]
    some, more = problems[: len(sizes)], problems[len(sizes) :]
    needed = (
        problem
        for problem in more
        if beam_search(*problem)[0] != beam_search(*problem, places=_with_places_lost)[0]
    )
    return [*(one for one in some if np.isfinite(beam_search(*one)[1])), *islice(needed, 2)]


def _words_and_total(search: Callable, step: Step, state: np.ndarray, size: int, length: int):
    """Return the words, with -1 behind their end, and the log probability."""
    found = search(step, state, size, length)
    if not isinstance(found, tuple | list) or len(found) != 2 or np.ndim(found[0]) != 1:
        raise Wrong("The function should return a list of words, and its log probability.")
    padded = np.full(2 * length, -1)
    padded[: len(found[0])] = found[0]
    return padded, found[1]


def _first_to_end(step: Step, state: np.ndarray, size: int, length: int) -> tuple[Sequence[int], float]:
    """Return the first sentence that ends, which need not be the best."""
    for steps in range(1, length + 1):
        words, total = beam_search(step, state, size, steps)
        if np.isfinite(total):
            return words, total
    return [], -np.inf


BEAM_SEARCH = Exercise(
    ("step", "state", "size", "length"),
    ("words", "log probability"),
    _beams,
    beam_search,
    {
        "log probabilities are not added up: a prefix's total is the sum over all its words": partial(
            beam_search, extended=lambda totals, log_p: 0 * totals[:, np.newaxis] + log_p
        ),
        "prefixes keep the state of their position in the beam: take the parent's state": partial(
            beam_search, moved=lambda state, parents: np.resize(state, len(parents))
        ),
        "the first hypothesis to end is returned: a better one may end later": _first_to_end,
        "hypotheses are compared by their mean log probability: compare the sums": partial(
            beam_search, ranked=lambda total, words: total / (len(words) - 1)
        ),
        "the longest hypothesis is returned: return the most probable one": partial(
            beam_search, ranked=lambda total, words: len(words)
        ),
        "the decoder reads EOS first: start with BOS": partial(beam_search, first=EOS),
        "a place is lost for each sentence that has ended: it is free for another prefix": partial(
            beam_search, places=_with_places_lost
        ),
        "the beam is one too wide: keep `size` prefixes": lambda step, state, size, length: beam_search(
            step, state, size + 1, length
        ),
        "this is greedy decoding: keep `size` prefixes": (
            lambda step, state, size, length: beam_search(step, state, 1, length)
        ),
        "the search stops one step early: run `length` steps": (
            lambda step, state, size, length: beam_search(step, state, size, length - 1)
        ),
        "EOS is among the returned words: leave it out": (
            lambda *arguments: ([*beam_search(*arguments)[0], EOS], beam_search(*arguments)[1])
        ),
        "the probability is returned: return its logarithm": (
            lambda *arguments: (beam_search(*arguments)[0], np.exp(beam_search(*arguments)[1]))
        ),
    },
    _words_and_total,
)


def check_beam_search(student: Callable) -> Verdict:
    """Check a whole beam search for one sentence, beam_search(step, state, size, length) -> (words, log p).

    Args: student: takes a function step(ids (K,), states (K,)) -> log p (K, V) of the next words, and the new
        states; the first state (1,); the width of the beam, and how many steps it takes. Returns of all
        sentences that have ended the most probable one, its words without BOS and EOS, and its log p.
    """
    return judge(student, BEAM_SEARCH)
