"""The bottleneck as a design: what attention buys first, and what it buys last.

Question: a plain encoder-decoder reads one day of the year well and four badly.  Is the sentence too long for
one vector (capacity), or has the model seen too few sentences, too few times (learning)?

Design: with and without attention, times 1/4, 1 and 4 times 300 training sentences of each number of days,
times one to four days in a sentence.  There are only 366 single days, so their training part stops growing at
240.  Every epoch shows as many sentences as the largest training part has, so that patience means the same.

Budget: 5 seeds, which draw the sentences as well.

What would change our mind: if the plain model reads four days as well as one after enough sentences and
epochs, its vector was large enough, and what Figure 4 of notebook 05 shows is the speed of learning.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from course.translator.several_dates import DAYS_OF_YEAR, several_days
from figures.lab.design import ADAM_RATES, Design, Variant, collect_all, extended
from figures.lab.drawing import draw_lines, new_figure, save
from figures.lab.measures import Trained, may_diverge, trained_in_view, training_metrics
from figures.lab.plan import measurement
from figures.lab.results import Row
from figures.lab.runner import RowsOf, perform
from figures.lab.setting import StudyOptions
from lstm_lib.text.corpus import Corpus
from lstm_lib.text.tokenizer import tokenize

MOST_DAYS = 4
KINDS = {"no attention": "none", "attention": "bahdanau"}
SIZES, LARGEST, QUICK_SIZES, QUICK_LARGEST = (75, 300, 1200), 1200, (40,), 40
HELD_OUT = 60  # sentences of each number of days, of the development part and of the test part
SINGLE_DAYS = DAYS_OF_YEAR - 2 * HELD_OUT - 6  # 240 of them to learn from


def days_corpus(seed: int, size: int) -> Corpus:
    """Draw distinct sentences of one to four days, as many of each number; none is in two parts.

    Args: seed; size: training sentences of each number of days.
    """
    rng, parts = np.random.default_rng(seed), {"train": [], "dev": [], "test": []}
    for days in range(1, MOST_DAYS + 1):
        learned = min(size, SINGLE_DAYS) if days == 1 else size
        drawn = several_days(rng, learned + 2 * HELD_OUT, days)
        for name, count in (("train", learned), ("dev", HELD_OUT), ("test", HELD_OUT)):
            parts[name] += drawn[:count]
            drawn = drawn[count:]
    about = {"license": "generated text, free to use", "attribution": "Babel and num2words", "counts": {}}
    return Corpus("days", "English", "French", **{k: tuple(v) for k, v in parts.items()}, **about)


def trained_on_days(configuration: dict, seed: int) -> Trained:
    """Train the recipe on days: "sentences" of each number, shown "repeats" times an epoch."""
    corpus = days_corpus(seed, configuration["sentences"])
    corpus = dataclasses.replace(corpus, train=configuration["repeats"] * corpus.train)
    return trained_in_view(configuration, seed, corpus)


@measurement("bottleneck.search", version=1)
@may_diverge
def search_days(configuration: dict, seed: int) -> dict:
    """Train, and leave the test part alone.  Returns: `training_metrics`."""
    return training_metrics(trained_on_days(configuration, seed))


@measurement("bottleneck.days", version=1)
@may_diverge
def read_days(configuration: dict, seed: int) -> dict:
    """Train, and translate the test part.

    Returns: `training_metrics`; words_right, by number of days, the share of the reference's words that stand
        at their place in the translation, 0 to 1; four_days, the last of these; unknown, the share of source
        words never seen in training.
    """
    run = trained_on_days(configuration, seed)
    written = run.translator.best([pair.source for pair in run.corpus.test], beam_size=1)
    right = [
        np.mean([a == b for a, b in zip(tokenize(pair.target), tokenize(text) + [""] * 99, strict=False)])
        for pair, text in zip(run.corpus.test, written, strict=True)
    ]
    seen = {word for pair in run.corpus.train for word in tokenize(pair.source)}
    words = [word for pair in run.corpus.test for word in tokenize(pair.source)]
    return {
        **training_metrics(run),
        "words_right": (by_days := np.reshape(right, (MOST_DAYS, HELD_OUT)).mean(axis=1).tolist()),
        "four_days": by_days[-1],
        "unknown": float(np.mean([word not in seen for word in words])),
    }


def designs(options: StudyOptions) -> dict[str, Design]:
    """Return one design: both kinds of model for each number of training sentences."""
    sizes, largest = (QUICK_SIZES, QUICK_LARGEST) if options.quick else (SIZES, LARGEST)
    variants = {
        f"{kind}, {size} sentences": Variant(
            {"attention": attention}, ADAM_RATES, {"sentences": size, "repeats": largest // size}
        )
        for size in sizes
        for kind, attention in KINDS.items()
    }
    common = {"corpus": "dates", "batch_size": 32}
    return {
        "days": Design(variants, common=common, metric="four_days", measure=read_days, search=search_days)
    }


def run(options: StudyOptions, rows_of: RowsOf = perform) -> None:
    """Run what is missing, and draw.  Args: rows_of: see `collect`."""
    found = collect_all(designs(options), options, rows_of)["days"]
    save(draw(found.by_variant), options.figures, "bottleneck_design")


def draw(variants: Mapping[str, list[Row]]) -> Figure:
    """Draw the words right by number of days, and development BLEU by epoch."""
    figure, ((right, learning),) = new_figure(1, 2, (15, 6))
    days = range(1, MOST_DAYS + 1)
    ended = {
        name: [row["metrics"] for row in rows if "words_right" in row["metrics"]]
        for name, rows in variants.items()
    }
    shares = {name: [each["words_right"] for each in rows] for name, rows in ended.items() if rows}
    draw_lines(right, days, {name: np.array(found) for name, found in shares.items()})
    right.set(
        title="new sentences", xlabel="days in a sentence", ylabel="share of words right", ylim=(0, 1.02)
    )
    right.legend()
    for name, rows in ended.items():
        curve = np.median([extended(each["dev_bleu"]) for each in rows], axis=0) if rows else []
        learning.plot(range(1, len(curve) + 1), curve, label=name)
    learning.set(title="learning: the median seed", xlabel="epoch", ylabel="best development BLEU so far")
    return figure
