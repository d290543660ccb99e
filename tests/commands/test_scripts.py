"""From files in any script to a model and its scores: the tokens, the filter and BLEU suit the script."""

# ruff: noqa: RUF001  letters that look like others are the point

import json
from importlib.util import find_spec

import pytest

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TARGETS = {  # the digits from 1 to 9, a sentence around two of them, and BLEU's tokenizer
    "Chinese": ([*"一二三四五六七八九"], "我有{}个苹果，他有{}个。", "zh"),
    "Thai": ([*"๑๒๓๔๕๖๗๘๙"], "ฉันมีแอปเปิล{}ลูก เขามี{}ลูก", "char"),
    "Hindi": (
        ["एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ"],
        "मेरे पास {} सेब हैं, उसके पास {}।",
        "13a",
    ),
}
TINY = ("--hidden-size", 4, "--embedding-size", 4, "--epochs", 1, "--batch-size", 32)


def write(folder, language):
    digits, sentence, _ = TARGETS[language]
    lines = [
        f"I have {one} apples, he has {other}.\t{sentence.format(digits[i], digits[j])}\n"
        for i, one in enumerate(NUMBERS)
        for j, other in enumerate(NUMBERS)
    ]
    (folder / "my.tsv").write_text("".join(lines), encoding="utf-8")
    return folder / "my.tsv"


@pytest.mark.parametrize("subwords", [False, True])
@pytest.mark.parametrize("language", TARGETS)
def test_train_and_evaluate(command, tmp_path, language, subwords):
    table, tokenizer = write(tmp_path, language), TARGETS[language][2]
    options = ("--subwords", 60 if subwords else 0)
    done = command("train", "--source-file", table, *options, *TINY, "--out", tmp_path / "run")
    assert (done.status, done.err) == (0, "")
    assert "unequal lengths, dropped                            0" in done.out
    case = "mixed" if subwords else "lc"
    assert f"|case:{case}|eff:no|tok:{tokenizer}|" in done.out
    stored = json.loads((tmp_path / "run" / "test.json").read_text())
    assert f"|tok:{tokenizer}|" in stored["bleu"]["signature"]
    again = command("evaluate", tmp_path / "run")
    assert f"|case:{case}|eff:no|tok:{tokenizer}|" in again.out
    chosen = command("evaluate", tmp_path / "run", "--bleu-tokenizer", "intl")
    assert f"|case:{case}|eff:no|tok:intl|" in chosen.out


def test_the_recipe_names_the_tokenizer_and_the_case(command, tmp_path):
    table = write(tmp_path, "Chinese")
    options = ("--bleu-tokenizer", "none", "--keep-case")
    done = command("train", "--source-file", table, *options, *TINY, "--out", tmp_path / "run")
    assert "|case:mixed|eff:no|tok:none|" in done.out
    assert "|case:mixed|eff:no|tok:none|" in command("evaluate", tmp_path / "run").out
    assert "i" not in json.loads((tmp_path / "run" / "source.codec").read_text())["words"]


@pytest.mark.skipif(find_spec("MeCab") is not None, reason="MeCab is installed")
def test_a_tokenizer_that_is_not_installed_is_refused_before_the_training(refused, tmp_path, trained):
    line = refused("train", "--source-file", write(tmp_path, "Chinese"), "--bleu-tokenizer", "ja-mecab")
    assert "--bleu-tokenizer ja-mecab needs packages: run pip install 'sacrebleu[ja]'" in line
    assert [path.name for path in tmp_path.iterdir()] == ["my.tsv"]
    assert "sacrebleu[ja]" in refused("evaluate", trained.folder, "--bleu-tokenizer", "ja-mecab")
