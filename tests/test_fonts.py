"""Fonts for labels in any script: with fonts made here, so that it does not matter which are installed."""

import io

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure

from lstm_lib import fonts
from lstm_lib.fonts import legible


def make_font(path, family, characters, style="Regular", blank=""):
    """Write a font with a full square for each character, and nothing for the blank ones."""
    glyphs = {".notdef": TTGlyphPen(None).glyph(), "blank": TTGlyphPen(None).glyph()}
    for k in range(len(characters)):
        square = TTGlyphPen(None)
        square.moveTo((0, 0))
        for corner in ((0, 1000), (1000, 1000), (1000, 0)):
            square.lineTo(corner)
        square.closePath()
        glyphs[f"g{k}"] = square.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(
        {ord(each): f"g{k}" for k, each in enumerate(characters)} | {ord(each): "blank" for each in blank}
    )
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (1000, 0) for name in glyphs})
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": family, "styleName": style})
    bold = style == "Bold"
    builder.setupOS2(usWeightClass=700 if bold else 500, fsSelection=0x20 if bold else 0x40)
    builder.setupPost()
    builder.font["head"].macStyle = int(bold)
    builder.save(path)


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Make a folder whose fonts are all that the machine has, apart from matplotlib's own."""
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(path) for path in tmp_path.iterdir()])
    monkeypatch.setattr(font_manager.fontManager, "ttflist", list(font_manager.fontManager.ttflist))
    fonts.find_fonts.cache_clear()
    fonts.say_once.cache_clear()
    yield tmp_path
    fonts.find_fonts.cache_clear()


def picture(label, families):
    """The pixels of a label, True where there is ink; a missing glyph's warning would fail the test."""
    figure, file = Figure(figsize=(4, 1), dpi=50), io.BytesIO()
    figure.text(0.1, 0.3, label, fontfamily=families, fontsize=30, parse_math=False)
    figure.savefig(file, format="raw")
    return np.frombuffer(file.getvalue(), np.uint8).reshape(50, 200, 4)[..., 0] < 128


def test_what_the_default_font_has_is_not_searched_for(monkeypatch):
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: pytest.fail("searched"))
    labels = ["¿dónde?", "Ελλάδα", "привет", "مرحبا", "שלום", "</s>", "<unk>", "▁sub", ""]
    assert legible(labels) == (labels, ["sans-serif", "DejaVu Sans"])


def test_other_scripts_are_drawn_with_the_fonts_that_have_them(installed, capsys):
    make_font(installed / "a.ttf", "Few", "我")
    make_font(installed / "b.ttf", "Many", "我मु", blank="ब")
    make_font(installed / "c.ttf", "Thai", "ก")
    labels, families = legible(["我", "मु", "ก", "x"])
    assert labels == ["我", "मु", "ก", "x"]
    assert families[2:] == [str(installed / "b.ttf"), str(installed / "c.ttf")]
    assert capsys.readouterr().err == ""
    for label, squares in (("我", 1), ("मु", 2), ("ก", 1)):
        ink = picture(label, families)
        assert ink.sum() == pytest.approx(squares * (30 / 72 * 50) ** 2, rel=0.15)  # squares of 30 points


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_a_font_of_another_weight_is_taken_without_a_word(installed, caplog, weight):
    make_font(installed / "a.ttf", "One", "我", "Bold")
    make_font(installed / "b.ttf", "One", "我")
    _, families = legible(["我"])
    assert families[2:] == [str(installed / "b.ttf")]  # the regular one
    figure = Figure()
    figure.text(0, 0, "我", fontfamily=families, fontweight=weight)
    figure.savefig(io.BytesIO())
    assert caplog.text == ""


def test_what_no_font_has_is_a_box_and_said_once(installed, capsys):
    make_font(installed / "a.ttf", "Color", "x", blank="我")  # no outline: matplotlib would draw nothing
    make_font(installed / "b.ttf", "Last Resort", "我मु")
    (installed / "c.ttf").write_bytes(b"damaged")
    given = ["我你", "मु", "🧑\u200d🔬", "\U000e0067x", "a\x1bb", "$x$", "한"]
    labels, families = legible(given)
    assert labels == ["□□", "□□", "□\u200d□", "x", "a□b", "$x$", "□"]
    assert families == ["sans-serif", "DejaVu Sans"]
    for label in labels:
        assert picture(label, families).any()
    legible(given[::-1])
    names = "Devanagari, Han, Hangul, U+001B, adult, microscope"
    assert capsys.readouterr().err == (
        f"no font on this machine draws {names}: □ stands for each character; install a font for it, such as "
        "one of Google's Noto fonts\n"
    )


def test_a_font_of_the_users_choice_comes_first(installed):
    make_font(installed / "a.ttf", "Mine", "我é")
    font_manager.fontManager.addfont(installed / "a.ttf")
    with rc_context({"font.family": ["Mine"]}):
        labels, families = legible(["我é", "b", "ф"])
    assert labels == ["我é", "b", "ф"]
    assert families == ["Mine", "DejaVu Sans"]
