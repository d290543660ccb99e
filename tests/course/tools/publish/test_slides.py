"""What goes on the slides: the core path, short, with the answers not beside the questions."""

import nbformat
import pytest

from course.tools.execute import ASSERTIONS, NOTEBOOKS, PNG, read
from course.tools.publish.slides import plain_formula, sentences, shortened, slides_of

TEXT, CODE = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
PICTURE = nbformat.v4.new_output("display_data", {PNG: "iVBORw0KGgo="}, metadata={PNG: {"alt": "A line."}})
PRINTED = nbformat.v4.new_output("stream", text="42\n")
LONG = "The first sentence says $x_t$. " + "The next ones explain it at length. " * 10 + "The last."
NOTEBOOK = nbformat.v4.new_notebook(
    cells=[
        TEXT("# 99 · A test\n\nIt begins.\n\n**You will learn**\n\n1. this\n\n**In class**: 5 minutes"),
        CODE("import numpy as np\n\nuse_course_style()"),
        TEXT(f"## 1. First\n\n{LONG}\n\nSee [notebook 01](01.ipynb).\n\n**Predict.** What comes out?"),
        CODE("print(6 * 7)", outputs=[PRINTED]),
        CODE("assert right", metadata={"tags": [ASSERTIONS]}),
        TEXT("<details>\n<summary>Explain</summary>\n\nSix sevens, $6 \\cdot 7$.\n\n</details>"),
        CODE("plot()", outputs=[PICTURE]),
        TEXT("*Figure 1. A line.*"),
        TEXT("## 2. More · deeper\n\nLeft out."),
        CODE("left_out()"),
        TEXT("## Exercises\n\n**Exercise 1.** Not on slides."),
    ]
)


def decks_slides(notebook) -> list[tuple[list, str]]:
    """The cells and the notes of each slide."""
    found: list[tuple[list, str]] = []
    for cell in slides_of(notebook).cells:
        kind = cell.metadata["slideshow"]["slide_type"]
        if kind in ("slide", "subslide"):
            found.append(([], ""))
        if kind == "notes":
            found[-1] = (found[-1][0], cell.source)
        else:
            found[-1][0].append(cell)
    return found


def texts(slide) -> str:
    return "\n".join(cell.source for cell in slide[0])


@pytest.fixture(scope="module")
def slides():
    return decks_slides(NOTEBOOK)


def test_only_the_core_path_is_shown(slides):
    shown = "\n".join(map(texts, slides))
    assert "# 99 · A test" in shown and "print(6 * 7)" in shown
    for left_out in ("import", "assert", "Left out", "left_out", "Exercise", "In class", "](01.ipynb)"):
        assert left_out not in shown
    assert "notebook 01" in shown


def test_a_question_stands_alone_and_its_answer_is_in_the_notes(slides):
    (asking,) = [number for number, slide in enumerate(slides) if 'class="predict"' in texts(slide)]
    (revealing,) = [number for number, slide in enumerate(slides) if "print(6" in texts(slide)]
    (explaining,) = [number for number, slide in enumerate(slides) if "Six sevens" in texts(slide)]
    assert asking < revealing < explaining
    notes = slides[asking][1]
    assert "**Ask**" in notes and "**Reveal**" in notes and "Six sevens, `6 · 7`." in notes
    steps = [cell.metadata["slideshow"]["slide_type"] for cell in slides[revealing][0] if cell.get("outputs")]
    assert steps == ["fragment"]


def test_a_picture_is_a_slide_with_its_caption(slides):
    (drawn,) = [slide for slide in slides if "*Figure 1." in texts(slide)]
    (picture,) = [cell.outputs[0] for cell in drawn[0] if cell.get("outputs")]
    assert picture.metadata[PNG]["alt"] == "A line."
    assert "plot()" not in texts(drawn)


def test_a_long_paragraph_is_short_on_the_slide_and_whole_in_the_notes(slides):
    (slide,) = [slide for slide in slides if "The first sentence" in texts(slide)]
    assert "The last." not in texts(slide) and "The last." in slide[1]


def test_sentences_end_where_they_end():
    assert sentences("See $a. B$ there. Then e.g. This. **Bold. Text** goes on. So") == [
        "See $a. B$ there.",
        "Then e.g. This.",
        "**Bold. Text** goes on.",
        "So",
    ]
    leading = "One is short. " + "Much is said. " * 30 + "The rest is this:"
    assert shortened(leading).startswith("One is short.") and shortened(leading).endswith("The rest is this:")


@pytest.mark.parametrize(
    ("formula", "letters"),
    [
        (r"\frac{a}{1 - p}", "(a)/(1 - p)"),
        (r"h_{t} \odot W_h", "h_t ⊙ W_h"),
        (r"\text{if } x \le 0", "if x ≤ 0"),
    ],
)
def test_formulas_in_the_notes_are_letters(formula, letters):
    assert plain_formula(formula) == letters


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_each_notebook_gives_slides_with_notes(path):
    slides = decks_slides(read(path)[1])
    asking = [slide for slide in slides if 'class="predict"' in texts(slide)]
    assert len(slides) > 20 and asking
    assert all("**Ask**" in slide[1] for slide in asking)
    assert not any(word in texts(slide) for slide in slides for word in ("BEGIN SOLUTION", "<details>"))
