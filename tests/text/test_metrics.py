"""BLEU, chrF, AER, perplexity and the paired bootstrap."""

# ruff: noqa: RUF001  letters that look like others are the point

import math
import re

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest

from lstm_lib.errors import UserError
from lstm_lib.recipe import BLEU_TOKENIZERS
from lstm_lib.text import metrics
from lstm_lib.text.metrics import (
    alignment_error_rate,
    bleu,
    bleu_from_statistics,
    bleu_statistics,
    check_tokenizer,
    choose_tokenizer,
    chrf,
    nltk_bleu,
    paired_bootstrap,
    perplexity,
)

REFERENCES = [
    ("Tom lives in the old house.",),
    ("She doesn't know him.", "She does not know him!", "He is unknown to her."),
    ("Where is my book?", "Where's my book?"),
]
HYPOTHESES = ["tom lives in an old house.", "she does not know them.", "where is the book?"]

words = st.lists(st.sampled_from(["a", "b", "c", "don't", ",", "."]), max_size=9).map(" ".join)
references = st.lists(words, min_size=1, max_size=3).map(tuple)
corpora = st.lists(st.tuples(words, words, references), min_size=1, max_size=8)


def direct_bleu(hypotheses, references):
    """Score with sacreBLEU, each sentence's last reference repeated until all have the same number."""
    most = max(map(len, references))
    streams = [[texts[min(k, len(texts) - 1)] for texts in references] for k in range(most)]
    return sacrebleu.corpus_bleu(hypotheses, streams, lowercase=True, force=True).score


def test_bleu_by_hand():
    # "the cat sat on mats": 1- to 4-gram matches 4 of 5, 3 of 4, 2 of 3, 1 of 2; 5 tokens against 6.
    result = bleu(["The cat sat on mats"], [("the cat sat on the mat",)])
    assert result.precisions == pytest.approx((80, 75, 200 / 3, 50))
    assert (result.hypothesis_length, result.reference_length) == (5, 6)
    assert result.brevity_penalty == pytest.approx(math.exp(1 - 6 / 5))
    assert result.score == pytest.approx(100 * math.exp(-0.2) * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


def test_perfect_whatever_the_case():
    hypotheses = [texts[-1].upper() for texts in REFERENCES]
    assert bleu(hypotheses, REFERENCES).score == pytest.approx(100)
    assert nltk_bleu(hypotheses, REFERENCES) == pytest.approx(100)
    assert chrf(hypotheses, REFERENCES).score == pytest.approx(100)


def test_signatures():
    one = [texts[:1] for texts in REFERENCES]
    wanted = r"nrefs:1\|case:lc\|eff:no\|tok:13a\|smooth:exp\|version:[\d.]+"
    assert re.fullmatch(wanted, bleu(HYPOTHESES, one).signature)
    assert bleu(HYPOTHESES, REFERENCES).signature.startswith("nrefs:var|case:lc|")
    assert chrf(HYPOTHESES, one).signature.startswith("nrefs:1|case:lc|eff:yes|nc:6|nw:0|")


CHINESE = (
    ["我妹妹住在北京，她是一名医生。", "今天天气很好！"],
    ["我的妹妹住北京，她是医生。", "今天的天气很好。"],
)
THAI = ["ฉันชอบดื่มกาแฟ", "เด็กเล่นในสวน"], ["ฉันไม่ชอบดื่มกาแฟ", "เด็กๆ เล่นในสวน"]
HINDI = ["मेरी बहन दिल्ली में रहती है।", "क्या यह ठीक है?"], ["मेरी बहन मुंबई में रहती है।", "क्या यह सब ठीक है?"]
CASED = ["The Cat sat on the Mat.", "I am IN Rome now."], ["The cat sat on the Mat.", "I am in Rome now."]
TEXTS = {"zh": CHINESE, "char": THAI, "13a": HINDI}


@pytest.mark.parametrize("keep_case", [False, True])
@pytest.mark.parametrize("tokenizer", BLEU_TOKENIZERS)
@pytest.mark.parametrize("texts", [*TEXTS.values(), CASED])
def test_every_tokenizer_equals_sacrebleu(texts, tokenizer, keep_case):
    if tokenizer.endswith("mecab"):
        pytest.importorskip({"ja-mecab": "MeCab", "ko-mecab": "mecab_ko"}[tokenizer])
    hypotheses, references = texts
    wanted = BLEU(lowercase=not keep_case, tokenize=tokenizer).corpus_score(hypotheses, [references])
    scoring = {"tokenizer": tokenizer, "keep_case": keep_case}
    found = bleu(hypotheses, [(text,) for text in references], **scoring)
    assert found.score == pytest.approx(wanted.score)
    assert found.precisions == pytest.approx(wanted.precisions)
    assert f"|tok:{tokenizer}" in found.signature
    assert f"|case:{'mixed' if keep_case else 'lc'}|" in found.signature
    statistics = bleu_statistics(hypotheses, [(text,) for text in references], **scoring)
    assert bleu_from_statistics(statistics.sum(axis=0)) == pytest.approx(wanted.score)
    if all(count >= 4 for count in statistics[:, 0]):
        assert nltk_bleu(hypotheses, [(text,) for text in references], **scoring) == pytest.approx(
            wanted.score
        )


@pytest.mark.parametrize(("tokenizer", "texts"), TEXTS.items())
def test_the_references_choose_the_tokenizer(tokenizer, texts):
    hypotheses, references = texts
    references = [(text,) for text in references]
    assert choose_tokenizer(texts[1]) == tokenizer
    assert bleu(hypotheses, references) == bleu(hypotheses, references, tokenizer=tokenizer)
    assert f"|tok:{tokenizer}|" in bleu(["Hello there!", "OK"], references).signature
    assert 20 < bleu(hypotheses, references).score < 95


def test_japanese_and_korean_take_mecab_where_it_is_installed(monkeypatch):
    texts = {"ja-mecab": ["私の妹は東京に住んでいます。"], "ko-mecab": ["제 동생은 서울에서 살고 있어요."]}
    for installed in (True, False):
        monkeypatch.setattr(metrics, "find_spec", lambda name, found=installed: found or None)
        for name, sentences in texts.items():
            assert choose_tokenizer(sentences) == (name if installed else "char")
            if installed:
                check_tokenizer(name)
            else:
                with pytest.raises(UserError, match=rf"--bleu-tokenizer {name} .*'sacrebleu\[{name[:2]}\]'"):
                    check_tokenizer(name)


def test_capitals_count_where_they_are_kept():
    hypotheses, references = CASED[0], [(text,) for text in CASED[1]]
    assert bleu(hypotheses, references).score == pytest.approx(100)
    assert nltk_bleu(hypotheses, references) == pytest.approx(100)
    assert bleu(hypotheses, references, keep_case=True).score < 60
    assert nltk_bleu(hypotheses, references, keep_case=True) < 60
    assert chrf(hypotheses, references).score == pytest.approx(100)
    assert chrf(hypotheses, references, keep_case=True).score < 99
    assert "|case:mixed|" in chrf(hypotheses, references, keep_case=True).signature


def test_the_bootstrap_scores_as_bleu_does():
    hypotheses, references = CASED[0], [(text,) for text in CASED[1]]
    result = paired_bootstrap(
        CASED[1],
        hypotheses,
        references,
        np.random.default_rng(0),
        samples=20,
        keep_case=True,
        tokenizer="char",
    )
    wanted = 100 - bleu(hypotheses, references, keep_case=True, tokenizer="char").score
    assert 0 < wanted == pytest.approx(result.difference)


@given(corpora)
def test_bleu_equals_sacrebleu_with_any_number_of_references(corpus):
    hypotheses, _, references = map(list, zip(*corpus, strict=True))
    assert bleu(hypotheses, references).score == pytest.approx(direct_bleu(hypotheses, references))


def test_every_reference_counts():
    alone = bleu(["he is unknown to her."], [REFERENCES[1][:1]]).score
    assert alone < 20
    assert bleu(["he is unknown to her."], [REFERENCES[1]]).score == pytest.approx(100)


def test_nltk_agrees_on_sentences_of_four_tokens_or_more():
    assert nltk_bleu(HYPOTHESES, REFERENCES) == pytest.approx(bleu(HYPOTHESES, REFERENCES).score)
    # Also without a match at some orders (smoothing), and where it is too short (brevity penalty).
    hypotheses = ["tom the a house in lives", "know she them not"]
    references = [texts[:1] for texts in REFERENCES[:2]]
    assert 0 < nltk_bleu(hypotheses, references) < 20
    assert nltk_bleu(hypotheses, references) == pytest.approx(bleu(hypotheses, references).score)


@given(corpora)
def test_nltk_equals_sacrebleu_on_such_sentences(corpus):
    hypotheses, _, references = map(list, zip(*corpus, strict=True))
    hypotheses = [f"a b c {text}a" for text in hypotheses]
    assert nltk_bleu(hypotheses, references) == pytest.approx(bleu(hypotheses, references).score)


def test_nltk_differs_on_shorter_ones():
    hypotheses, references = [*HYPOTHESES, "yes."], [*REFERENCES, ("Yes.",)]
    assert nltk_bleu(hypotheses, references) < bleu(hypotheses, references).score


@pytest.mark.parametrize("reference", ["the <unk> is red.", "the < unk > is red.", "the trunk is red."])
@pytest.mark.parametrize("metric", [lambda *a: bleu(*a).score, nltk_bleu, lambda *a: chrf(*a).score])
def test_unknown_word_never_matches(metric, reference):
    with_unknown = metric(["the <unk> is red."], [(reference,)])
    with_a_wrong_word = metric(["the ω is red."], [(reference,)])
    assert with_unknown == pytest.approx(with_a_wrong_word)
    assert with_unknown < 99


def test_unknown_word_is_one_token():
    result = bleu(["the <unk> is red."], [("the <unk> is red.",)])
    assert result.hypothesis_length == 5
    assert result.precisions[0] == pytest.approx(80)


def test_empty_hypotheses():
    assert bleu([""], [("a b c d",)]).score == nltk_bleu([""], [("a b c d",)]) == 0
    assert chrf([""], [("a b c d",)]).score == 0
    some, references = ["a b c d e", ""], [("a b c d e",), ("f g h i j",)]
    assert bleu(some, references).score == pytest.approx(100 * math.exp(1 - 10 / 5))
    assert 0 < nltk_bleu(some, references) < bleu(some, references).score


WRONG = [
    ([], [], "hypotheses, references"),
    (["a"], [("a",), ("b",)], "got 1 and 2"),
    ([[4, 5, 6]], [("a",)], "hypotheses: want detokenized text"),
    (["a"], ["a"], "references: want a tuple"),
    (["a", "b"], [("a",), ()], "references: .* at 1"),
    (["a"], [([4, 5],)], "references: "),
]


@pytest.mark.parametrize("hypotheses, references, names", WRONG)
@pytest.mark.parametrize("metric", [bleu, nltk_bleu, chrf, lambda h, r: paired_bootstrap(h, h, r, None)])
def test_wrong_arguments(metric, hypotheses, references, names):
    with pytest.raises(ValueError, match=names):
        metric(hypotheses, references)


def test_alignment_error_rate():
    gold = [{(0, 0), (1, 2), (2, 1)}, {(0, 0)}]
    assert alignment_error_rate(gold, gold) == 0
    assert alignment_error_rate([{(0, 1)}, {(1, 0)}], gold) == 1
    # Links of one sentence do not count for another: 1 + 1 common, of 2 + 1 and 3 + 1.
    assert alignment_error_rate([{(0, 0), (1, 1)}, {(0, 0)}], gold) == pytest.approx(1 - 2 * 2 / 7)
    assert alignment_error_rate([set(), {(0, 0)}], gold) == pytest.approx(1 - 2 * 1 / 5)
    assert alignment_error_rate([np.array([[0, 0]])], [[(0, 0)]]) == 0


def test_alignment_error_rate_wrong_arguments():
    with pytest.raises(ValueError, match="got 1 and 2"):
        alignment_error_rate([set()], [{(0, 0)}, set()])
    with pytest.raises(ValueError, match="at least one link"):
        alignment_error_rate([set()], [set()])


def test_perplexity():
    assert perplexity(7 * math.log(50), 7) == pytest.approx(50)
    assert perplexity(0, 3) == 1
    assert perplexity(1e6, 1) == math.inf
    assert math.isnan(perplexity(math.nan, 1))
    with pytest.raises(ValueError, match="tokens"):
        perplexity(1.0, 0)


@settings(max_examples=60)
@given(corpora, st.integers(0, 2**32))
def test_resampled_scores_equal_sacrebleu(corpus, seed):
    hypotheses, _, references = map(list, zip(*corpus, strict=True))
    drawn = np.random.default_rng(seed).integers(len(corpus), size=(3, len(corpus)))
    statistics = bleu_statistics(hypotheses, references)
    scores = bleu_from_statistics(statistics[drawn].sum(axis=1))
    expected = [bleu([hypotheses[i] for i in row], [references[i] for i in row]).score for row in drawn]
    assert scores == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.fixture(scope="module")
def systems():
    """A good system, one slightly worse, one much worse: random sentences with 20, 25 and 50% wrong words."""
    rng = np.random.default_rng(0)
    references = [rng.integers(100, size=rng.integers(5, 12)) for _ in range(200)]

    def spoil(share):
        return [" ".join(f"w{w}" if rng.random() > share else "wrong" for w in row) for row in references]

    texts = [(" ".join(f"w{w}" for w in reference),) for reference in references]
    return spoil(0.2), spoil(0.2), spoil(0.5), texts


def test_bootstrap_tells_luck_from_skill(systems):
    good, as_good, bad, references = systems
    clear = paired_bootstrap(good, bad, references, np.random.default_rng(0))
    assert clear.difference == pytest.approx(bleu(good, references).score - bleu(bad, references).score)
    assert 0 < clear.interval[0] < clear.difference < clear.interval[1]
    assert clear.p_value == pytest.approx(1 / 1001)
    luck = paired_bootstrap(good, as_good, references, np.random.default_rng(0))
    assert luck.interval[0] < 0 < luck.interval[1]
    assert luck.p_value > 0.05


def test_bootstrap_of_a_system_against_itself(systems):
    good, _, _, references = systems
    result = paired_bootstrap(good, good, references, np.random.default_rng(0), samples=50)
    assert (result.difference, result.interval, result.p_value) == (0, (0, 0), 1)


def test_bootstrap_mirrors_and_repeats(systems):
    good, as_good, _, references = systems
    a = paired_bootstrap(good, as_good, references, np.random.default_rng(5), samples=100)
    again = paired_bootstrap(good, as_good, references, np.random.default_rng(5), samples=100)
    mirrored = paired_bootstrap(as_good, good, references, np.random.default_rng(5), samples=100)
    np.testing.assert_array_equal(a.differences, again.differences)
    np.testing.assert_allclose(mirrored.differences, -a.differences)
    assert mirrored.p_value == a.p_value
    assert mirrored.interval == pytest.approx((-a.interval[1], -a.interval[0]))


def test_bootstrap_agrees_with_approximate_randomization(systems):
    good, as_good, _, references = systems
    ours = paired_bootstrap(good, as_good, references, np.random.default_rng(0), samples=4000)
    scorers = {"BLEU": BLEU(lowercase=True, references=[[text for (text,) in references]])}
    # Its approximate randomization asks the same two-sided question. (Its bootstrap takes absolute values
    # before it centers the differences, and so reports smaller p values than luck explains.)
    _, scores = PairedTest([("good", good), ("as good", as_good)], scorers, None, "ar", 4000)()
    assert 0.05 < ours.p_value == pytest.approx(scores["BLEU"][1].p_value, abs=0.05)
