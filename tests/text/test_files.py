"""The user's own files: what is repaired, dropped and counted, and what ends in one clear error line."""

# ruff: noqa: RUF001  letters that look like others are the point

import gzip
import tracemalloc
import unicodedata

import pytest

from lstm_lib.errors import UserError
from lstm_lib.text.corpus import Pair
from lstm_lib.text.files import MAX_LINE_BYTES, load_files, read_lines, read_pairs
from lstm_lib.text.tokenizer import normalize

BOM = b"\xef\xbb\xbf"


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def counted(counts):
    return {name: count for name, count in counts.items() if count}


def assert_stops(message, *arguments, **options):
    """The message must be one line that holds all the given words."""
    with pytest.raises(UserError) as caught:
        read_pairs(*arguments, **options)
    text = str(caught.value)
    assert "\n" not in text
    for part in message if isinstance(message, tuple) else (message,):
        assert part in text


def test_two_files_line_by_line(write):
    pairs, counts = read_pairs(write("a.en", "One.\nTwo, three!\n"), write("a.es", "Uno.\n¡Dos, tres!\n"))
    assert pairs == [Pair("One.", "Uno."), Pair("Two, three!", "¡Dos, tres!")]
    assert counted(counts) == {"read": 2, "kept": 2}
    assert next(iter(counts)) == "read"
    assert list(counts)[-1] == "kept"


def test_the_order_of_arguments_is_the_direction(write):
    source, target = write("a.en", "One.\n"), write("a.es", "Uno.\n")
    assert read_pairs(target, source)[0] == [Pair("Uno.", "One.")]
    table = write("a.tsv", "One.\tUno.\tUn.\n")
    assert read_pairs(table)[0] == [Pair("One.", "Uno.")]
    assert read_pairs(table, columns=(2, 1))[0] == [Pair("Uno.", "One.")]
    assert read_pairs(table, columns=(1, 3))[0] == [Pair("One.", "Un.")]
    assert_stops("a.tsv, line 1: has 3 column(s), but column 4", table, columns=(1, 4))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_line_ends_and_byte_order_marks(write, end, last, mark):
    text = mark + (f"One.\tUno.{end}Two.\tDos." + end * last).encode()
    pairs, counts = read_pairs(write("a.tsv", text))
    assert pairs == [Pair("One.", "Uno."), Pair("Two.", "Dos.")]
    assert counts["final newlines missing"] == (not last)
    assert counts["blanks or accents repaired"] == 0


def test_blanks_and_accents_are_repaired(write):
    decomposed = unicodedata.normalize("NFD", "él está")
    files = write("a", "he  is here \t\n"), write("b", f"\u200b{decomposed}\u00a0aquí  \n")
    pairs, counts = read_pairs(*files)
    assert pairs == [Pair("he is here", "él está aquí")]
    assert counted(counts) == {"read": 1, "blanks or accents repaired": 1, "kept": 1}


def test_flaws_are_dropped_and_counted(write):
    long = "word " * 51
    lines = [
        ("One.", "Uno."),
        ("", ""),
        ("Alone.", "  "),
        ("", "Solo."),
        (long, long),
        ("Yes", "a b c d e"),
        ("One.", "Uno."),
        ("One.", "¡Uno!"),
        ("Yes", "a b c d"),
    ]
    files = [write(str(side), "".join(f"{line[side]}\n" for line in lines)) for side in (0, 1)]
    pairs, counts = read_pairs(*files)
    assert pairs == [Pair("One.", "Uno."), Pair("One.", "¡Uno!"), Pair("Yes", "a b c d")]
    assert counted(counts) == {
        "read": 9,
        "blanks or accents repaired": 2,
        "empty, dropped": 3,
        "too long, dropped": 1,
        "unequal lengths, dropped": 1,
        "duplicates, dropped": 1,
        "kept": 3,
    }
    table = write("a.tsv", "".join(f"{source}\t{target}\n" for source, target in lines))
    assert read_pairs(table)[0] == pairs
    assert len(read_pairs(*files, max_tokens=None, max_ratio=None)[0]) == 5


UNSPACED = {
    "Chinese": ("I am a student at this school.", "我是这所学校的学生。"),
    "Chinese, short": ("Congratulations!", "恭喜！"),
    "Japanese": ("I don't know.", "それが何だか分かりません。"),
    "Thai": ("I like to drink coffee.", "ฉันชอบดื่มกาแฟมากที่สุดในตอนเช้า"),
    "Khmer": ("The children play.", "ក្មេងៗកំពុងលេងនៅក្នុងសួន។"),
}


@pytest.mark.parametrize("pair", UNSPACED.values(), ids=UNSPACED)
def test_unequal_lengths_are_those_of_characters_where_there_are_no_spaces(write, pair):
    source, target = pair
    assert read_pairs(write("a.tsv", f"{source}\t{target}\n{target}\t{source}\n"))[1]["kept"] == 2
    long = f"{source}\t{target * 6}\n"
    table = write("b.tsv", f"{long}{source}\t{target}\n")
    assert read_pairs(table)[1]["unequal lengths, dropped"] == 1
    assert read_pairs(table, max_ratio=None)[1]["kept"] == 2
    assert read_pairs(table, max_ratio=20)[1]["kept"] == 2


def test_sentences_of_characters_are_not_too_long(write):
    table = write("a.tsv", f"{'word ' * 40}\t{'漢' * 90}\n{'word ' * 40}\t{'漢' * 110}\n")
    assert counted(read_pairs(table)[1]) == {
        "read": 2,
        "blanks or accents repaired": 2,
        "too long, dropped": 1,
        "kept": 1,
    }


def test_only_line_feeds_end_lines(write):
    """Unicode's other line separators occur within sentences and must not shift the lines."""
    pairs, _ = read_pairs(write("a", "one\u2028two\x0bthree\x85\nfour\n"), write("b", "a b c\nd\n"))
    assert pairs == [Pair("one two three", "a b c"), Pair("four", "d")]


def test_gzip(write):
    table = write("a.tsv.gz", gzip.compress(b"One.\tUno.\nTwo.\tDos."))
    plain = write("a.tsv", "One.\tUno.\nTwo.\tDos.")
    assert read_pairs(table) == read_pairs(plain)


def test_empty_lines_at_one_end_do_no_harm(write):
    pairs, counts = read_pairs(write("a", "One.\nTwo.\n\n \n"), write("b", "Uno.\nDos.\n"))
    assert len(pairs) == 2
    assert counts["empty, dropped"] == 2


def test_unequal_numbers_of_lines(write):
    short, long = write("short", "One.\nTwo.\n"), write("long", "Uno.\nDos.\n\nTres.\n")
    message = ("long, line 4: has no counterpart, because", "short ends before it", "same number of lines")
    assert_stops(message, short, long)
    assert_stops(message, long, short)


def test_missing_file_and_folder(write, tmp_path):
    good = write("good", "One.\n")
    assert_stops(("missing.en: cannot be read (No such file", "check"), tmp_path / "missing.en", good)
    assert_stops("missing.es.gz: cannot be read", good, tmp_path / "missing.es.gz")
    assert_stops(f"{tmp_path}: cannot be read", tmp_path)


@pytest.mark.parametrize("name, content", [("a", b""), ("a.gz", b""), ("a.gz", gzip.compress(b"", mtime=0))])
def test_empty_file(write, name, content):
    empty = write(name, content)
    assert_stops(f"{name}: the file is empty", empty)
    assert_stops(f"{name}: the file is empty", write("good", "One.\n"), empty)


TABLES = [  # what a file holds that cannot be used, and what the message says
    ("\n\tx\n", "a.tsv: no pair is left (read: 2, empty, dropped: 2)"),
    (b"One.\tUno.\nOne\tma\xf1ana\n", "a.tsv, line 2: is not UTF-8 (byte 0xf1): save it as UTF-8"),
    ("One.\tUno.".encode("utf-16"), "a.tsv, line 1: is not UTF-8 (byte 0xff)"),
    ("One.\tUno.".encode("utf-16-le"), "a.tsv, line 1: holds a NUL"),
    ("One.\tUno.\n\nTwo. Dos.\n", "a.tsv, line 3: has 1 column(s), but column 2 is wanted: put a tab"),
]


@pytest.mark.parametrize("content, message", TABLES)
def test_unusable_tables(write, content, message):
    assert_stops(message, write("a.tsv", content))


@pytest.mark.parametrize("packed", [False, True])
def test_gigantic_line_is_never_read_whole(write, packed):
    text = b"One.\tUno.\n" + b"x" * (30 * MAX_LINE_BYTES)
    table = write("a.tsv.gz", gzip.compress(text, 1)) if packed else write("a.tsv", text)
    tracemalloc.start()
    assert_stops((", line 2: is longer than 1,000,000 bytes", "one sentence on each line"), table)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * MAX_LINE_BYTES


def test_line_at_the_limit_is_read(write):
    line = b"a\t" + b"b" * (MAX_LINE_BYTES - 3) + b"\n"
    pairs, _ = read_pairs(write("a.tsv", line))
    assert len(pairs[0].target) == MAX_LINE_BYTES - 3
    assert_stops("line 1: is longer", write("a.tsv", line[:-1] + b"b\n"))


def test_damaged_gzip(write):
    text = "".join(f"number {k * k}\tnúmero {k * k * k}\n" for k in range(20000)).encode()
    packed = gzip.compress(text)
    half = write("cut.gz", packed[: len(packed) // 2])
    assert_stops(("cut.gz, line ", "the gzip data is damaged", "copy"), half)
    in_checksum = (-6, "flipped.gz, line 20001: the gzip data is damaged")
    for place, message in ((len(packed) // 2, "flipped.gz"), in_checksum):
        flipped = bytearray(packed)
        flipped[place] ^= 0xFF
        assert_stops(message, write("flipped.gz", bytes(flipped)))
    assert_stops("foreign.gz, line 1: the gzip data is damaged", write("foreign.gz", b"One.\tUno.\n"))


def numbered(count):
    return "".join(f"Sentence {k}.\tFrase {k}.\n" for k in range(count))


def test_load_files_splits_as_the_other_corpora_do(write):
    text = numbered(400) + numbered(100).upper() + "Sentence 3!\tOtra.\n"
    corpus = load_files({"train": [write("mine.tsv", text)]})
    parts = (corpus.train, corpus.dev, corpus.test)
    assert [len({pair.source for pair in part}) for part in parts[1:]] == [25, 25]  # 5% of 501 spellings
    assert sum(map(len, parts)) == corpus.counts["kept"] == 501
    for side in (0, 1):
        seen = [{normalize(pair[side]) for pair in part} for part in parts]
        assert len(seen[0] | seen[1] | seen[2]) == sum(map(len, seen))
    assert corpus.name == "mine.tsv"
    rows = [row.split("\t") for row in text.splitlines()]
    files = [write(str(side), "".join(f"{row[side]}\n" for row in rows)) for side in (0, 1)]
    assert load_files({"train": files}).parts == corpus.parts
    assert load_files({"train": files}).name == "0, 1"


OWN = "sentence 7\tA.\n\nNew.\tB.\nNEW!\tC.\nNew.\tB.\n"  # a training source, an empty line, equal lines


@pytest.mark.parametrize("parts", [("dev",), ("test",), ("dev", "test")])
def test_own_development_and_test_files(write, parts):
    own = {"dev": write("dev.tsv", OWN), "test": write("test.tsv", "Sentence 8.\tX.\nSentence 400.\tY.\n")}
    text = numbered(400) + "Sentence, 7\tOtra.\n"
    corpus = load_files({"train": [write("my.tsv", text)]} | {part: [own[part]] for part in parts})
    dropped = 2 * ("dev" in parts) + ("test" in parts)
    assert corpus.counts["in development or test files, dropped"] == dropped
    held_out = sum(len(part) for name, part in corpus.parts.items() if name not in parts)
    assert corpus.counts["kept"] == held_out == 401 - dropped
    sources = {name: {normalize(pair.source) for pair in part} for name, part in corpus.parts.items()}
    assert sources["train"].isdisjoint(sources["dev"] | sources["test"])
    for name in {"dev", "test"} - set(parts):  # held out of the training files
        assert len(corpus.parts[name]) == 20
        assert sources[name].isdisjoint(set().union(*(sources[part] for part in parts)))
    if "dev" in parts:
        lines = [("sentence 7", "A."), ("", ""), ("New.", "B."), ("NEW!", "C."), ("New.", "B.")]
        assert corpus.dev == tuple(Pair(*line) for line in lines)


def test_own_files_that_leave_nothing_to_train_on(write):
    same = write("my.tsv", numbered(3)), write("other.tsv", numbered(3).upper())
    with pytest.raises(
        UserError, match=r"no pair is left \(read: 3, in development or test files, dropped: 3"
    ):
        load_files({"train": same[:1], "test": same[1:]})


def test_test_lines_stay_as_they_are(write):
    """Equal, empty, long and unequal ones; references keep every character, sources are cleaned as always."""
    sources = ["One.", "", "One.", "  a  b\u200b ", "x " * 99, "y"]
    references = ["Uno.", "", "Un.", " a  b\u200b", "", "z " * 99]
    files = write("a", "\n".join(sources) + "\n"), write("b", "\n".join(references) + "\n")
    cleaned = ["One.", "", "One.", "a b", ("x " * 99).strip(), "y"]
    assert read_lines(files) == list(zip(cleaned, references, strict=True))
    table = write("a.tsv", "".join(f"{t}\t-\t{s}\n" for s, t in zip(sources, references, strict=True)))
    assert read_lines([table], (3, 1)) == list(zip(cleaned, references, strict=True))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", BOM])
@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_test_lines_of_every_kind_of_file(write, end, mark, name):
    text = mark + f"One.{end}{end}Two.{end}".encode()
    file = write(name, gzip.compress(text) if name == "a.gz" else text)
    assert read_lines([file, write("b", "Uno.\n\nDos.")]) == [("One.", "Uno."), ("", ""), ("Two.", "Dos.")]


def test_several_files_of_references(write):
    files = [write(name, f"{name}1\n{name}2\n") for name in "abc"]
    assert read_lines(files) == [("a1", "b1", "c1"), ("a2", "b2", "c2")]
    long = write("d", "1\n2\n3\n")
    for paths in ([*files, long], [long, *files], [files[0], long, files[1]]):
        with pytest.raises(UserError, match=r"d, line 3: has no counterpart, because .*[ab] ends before it"):
            read_lines(paths)


def test_there_are_as_many_test_lines_as_sources(write):
    """Empty lines at the end count where the sources have them."""
    short, long = write("short", "One.\nTwo.\n"), write("long", "Uno.\nDos.\n\n \n")
    assert read_lines([short, long]) == [("One.", "Uno."), ("Two.", "Dos.")]
    assert read_lines([long, short]) == [("Uno.", "One."), ("Dos.", "Two."), ("", ""), ("", "")]


@pytest.mark.parametrize("content", ["\n\n", "One.\t\n\tDos.\n", "One.\t\u200b\n", "\u200b\tUno.\n"])
def test_test_lines_without_a_whole_one(write, content):
    with pytest.raises(UserError, match=r"a.tsv: no line has both a sentence and a translation"):
        read_lines([write("a.tsv", content)])


def test_a_row_without_its_column_is_no_test_line(write):
    with pytest.raises(UserError, match=r"a.tsv, line 2: has 1 column\(s\), but column 2 is wanted"):
        read_lines([write("a.tsv", "One.\tUno.\nTwo. Dos.\nThree.\tTres.\n")])
    assert read_lines([write("a.tsv", "One.\t\tUno.\nTwo.\t\t\n")], (1, 3)) == [
        ("One.", "Uno."),
        ("Two.", ""),
    ]


@pytest.mark.parametrize("text", [numbered(2), "".join(f"Sentence {k}.\tSí.\n" for k in range(9))])
def test_too_few_separate_sentences(write, text):
    wanted = r"tiny.tsv: \d usable pairs are too few to hold out 1 for dev.*add pairs"
    with pytest.raises(UserError, match=wanted):
        load_files({"train": [write("tiny.tsv", text)]})
