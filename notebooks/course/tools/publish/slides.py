"""A notebook's core path as slides: short texts to show, and notes for the speaker.

A heading, a **Predict.**, a picture with its caption, and a code cell with what it prints are a slide each.
Long paragraphs are cut to their first sentences, and stand whole in the notes.  Deeper sections, assertions,
imports, exercises, quiz and references are left out.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from course.tools.execute import ASSERTIONS, FIRST, PNG
from course.tools.minutes import parts

ROOM = 11.0  # lines of text on a slide
LINE = 72  # letters in one
MOST_PIECES = 3  # of a long table
WORDS = 45  # of a paragraph that is shown whole
FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
# What stays together though it has empty lines: a fold, a formula, code.
BLOCK = re.compile(r"<details>.*?</details>|\$\$.*?\$\$|```.*?```", re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z*`$\"])")
ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|al|eq|Eq|Fig|cf|St)|\b[A-Z])\.$")
ELSEWHERE = re.compile(r"(?<!!)\[([^]]+)\]\((?!https?:)[^)]*\)")  # a link to what no slide holds
HEADING = re.compile(r"(#{1,4}) (.*)")
CAPTION = re.compile(r"\*(Figure|Table) ")
FOR_THE_TEACHER = re.compile(r"\*\*(In class|Builds on|How to read it|Symbols)|.*\(symbols\.md\)")
LABEL = re.compile(r"\*\*[^*]+\*\*:?")  # alone, it names what follows
PREDICT = re.compile(r"\*\*Predict[^*]*\*\*")
WIDGET = "A widget: run this notebook"
ASK = (
    "**Ask** this before you go on. Give everyone a minute to write an answer down, then let them vote.\n\n"
    "**Reveal** it with the next slides: the code comes first, its output one step later."
)


@dataclass
class Slide:
    """What is shown together, and what the speaker reads."""

    heading: str = ""  # of its section
    starts_section: bool = False
    cells: list[NotebookNode] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: float = 0.0  # that the cells take
    is_full: bool = False  # what follows stands on a slide of its own
    asks: bool = False

    def add(self, cell: NotebookNode, lines: float) -> None:
        """Append a cell that takes some lines."""
        self.cells.append(cell)
        self.lines += lines


def slides_of(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook of a deck, whose cells carry nbconvert's slide types.  Args: notebook: executed."""
    deck = nbformat.v4.new_notebook()
    for slide in Cutter(notebook).slides:
        if not slide.cells:
            continue
        kind = "slide" if slide.starts_section else "subslide"
        cells = list(slide.cells)
        if not slide.starts_section and slide.heading:
            cells.insert(0, text_cell(f'<p class="running">{plain(slide.heading)}</p>'))
        for number, cell in enumerate(cells):
            role = cell.metadata.get("slideshow", {}).get("slide_type", "-")
            cell.metadata["slideshow"] = {"slide_type": kind if number == 0 else role}
        if slide.notes:
            cells.append(text_cell("\n\n".join(map(readable, slide.notes)), "notes"))
        deck.cells += cells
    for number, cell in enumerate(deck.cells):
        cell.id = f"s{number:03d}"
    return deck


class Cutter:
    """Cuts a notebook into slides.  Attributes: slides."""

    def __init__(self, notebook: NotebookNode):
        self.slides = [Slide(starts_section=True)]
        self.asked: Slide | None = None  # the last slide with a question
        self.reveals = False  # what comes next is its answer
        self.caption_for: Slide | None = None
        self.in_sections = False  # below the first heading
        code = (cell for cell in notebook.cells if is_shown(cell))
        for deeper, text, is_code in parts(notebook):
            cell = next(code) if is_code else None
            if not deeper:
                self.add_code(cell) if cell is not None else self.add_text(text)

    def new(self, *, heading: str | None = None) -> Slide:
        """Begin a slide, in the same section unless there is a new heading."""
        above = self.slides[-1].heading if heading is None else heading
        self.slides.append(Slide(above, starts_section=heading is not None))
        return self.slides[-1]

    def place(self, cell: NotebookNode, lines: float) -> Slide:
        """Put a cell where there is room for it."""
        slide = self.slides[-1]
        if slide.is_full or (slide.cells and slide.lines + lines > ROOM):
            slide = self.new()
        slide.add(cell, lines)
        return slide

    def add_text(self, text: str) -> None:
        """Add a markdown cell."""
        for block in blocks(text):
            heading, fold = HEADING.match(block), FOLD.fullmatch(block)
            if heading:
                self.add_heading(len(heading[1]), heading[2])
            elif fold:
                self.add_fold(fold[1].strip(), fold[2].strip())
            elif FOR_THE_TEACHER.match(block):
                self.slides[-1].notes.append(block)
            elif LABEL.fullmatch(block):
                (self.slides[-1] if self.slides[-1].lines < 2 else self.new()).add(text_cell(block), 1)
            elif CAPTION.match(block) and self.caption_for:
                self.caption_for.add(text_cell(block), 0)
            elif PREDICT.match(block):
                slide = self.slides[-1]
                if slide.lines > 2 or slide.is_full:
                    slide = self.new()
                slide.add(text_cell(PREDICT.sub(question, block)), ROOM / 2)
                slide.notes.append(ASK)
                slide.is_full = slide.asks = self.reveals = True
                self.asked = slide
            else:
                self.add_prose(block)

    def add_heading(self, level: int, text: str) -> None:
        self.in_sections = self.in_sections or level > 1
        slide = self.slides[-1]
        if level <= 2 and (slide.cells or slide.heading):
            slide = self.new(heading=text)
        elif level > 2 and slide.lines > 3:
            slide = self.new()
        slide.heading = slide.heading or text
        slide.add(text_cell(f"{'#' * level} {text}"), 1.5)
        self.caption_for, self.reveals = None, False

    def add_fold(self, summary: str, text: str) -> None:
        """Add what the reader unfolds: an explanation is a slide after the answer, too."""
        if summary != "Explain":
            self.slides[-1].notes.append(f"**{summary}.** {text}")
            return
        if self.asked:
            self.asked.notes.append(f"**Explain**, once it is seen. {text}")
        self.slides[-1].is_full = True
        for block in blocks(f"**Explain.** {text}"):
            self.add_prose(block)

    def add_prose(self, block: str) -> None:
        """Add a paragraph, list, table or formula, shortened to what a slide can hold."""
        shown = shortened(block)
        if block.startswith("**Explain.**") and self.asked:  # not folded
            self.slides[-1].is_full = True
        for piece in pieces(shown):
            slide = self.place(text_cell(piece), lines_of(piece))
        if shown != block:
            slide.notes.append(f"**Say.** {block}")

    def add_code(self, cell: NotebookNode) -> None:
        """Add a code cell, its texts as a step of their own after a question, and its pictures."""
        if not self.in_sections or only_imports(cell.source):
            return
        texts = [output for output in cell.outputs if text_of(output)]
        source = [line for line in cell.source.splitlines() if not line.startswith("assert ")]
        drawn = [output for output in cell.outputs if PNG in output.get("data", {})]
        slide = self.slides[-1]
        if texts or not drawn:  # code that only draws is no idea of its own
            slide = self.place(code_cell("\n".join(source).strip()), 0.75 * len(source) + 0.5)
        for output in (part for whole in texts for part in tables_apart(whole)):
            text = text_of(output)
            lines = lines_of(text) if text.startswith(("|", "- ")) else 0.7 * (text.count("\n") + 1)
            shown = output_cell(output, step=self.reveals)
            if slide.lines + lines > ROOM + 4:
                slide = self.new()
            slide.add(shown, lines)
            slide.is_full = True
        for output in drawn:
            slide = self.new()
            slide.add(output_cell(output), ROOM)
            slide.is_full, self.caption_for = True, slide
        if texts or cell.outputs:
            self.reveals = False


def is_shown(cell: NotebookNode) -> bool:
    """Tell whether `parts` gives a cell as code."""
    return cell.cell_type == "code" and not {ASSERTIONS, FIRST} & set(cell.metadata.get("tags", []))


def text_cell(source: str, kind: str = "-") -> NotebookNode:
    """Return a cell of markdown without links to what no slide holds."""
    source = ELSEWHERE.sub(r"\1", source)
    metadata = {"slideshow": {"slide_type": kind}}
    return nbformat.from_dict({"cell_type": "markdown", "source": source, "metadata": metadata})


def code_cell(source: str) -> NotebookNode:
    """Return a cell that shows code alone."""
    cell = {"cell_type": "code", "source": source, "execution_count": None, "outputs": [], "metadata": {}}
    return nbformat.from_dict(cell)


def output_cell(output: NotebookNode, *, step: bool = False) -> NotebookNode:
    """Return a cell that shows an output alone.  Args: output; step: it appears with a further key."""
    metadata = {
        "transient": {"remove_source": True},
        "slideshow": {"slide_type": "fragment" if step else "-"},
    }
    cell = code_cell("") | {"outputs": [output], "metadata": metadata}
    return nbformat.from_dict(cell)


def text_of(output: NotebookNode) -> str:
    """Return what an output shows as text, and nothing for pictures and for widgets' stand-ins."""
    data = output.get("data", {})
    if PNG in data:
        return ""
    kinds = ("text/markdown", "text/html", "text/plain")
    text = output.get("text") or next((data[kind] for kind in kinds if kind in data), "")
    return "" if text.startswith(WIDGET) else text.strip()


def question(mark: re.Match) -> str:
    """Return the mark of a question, in a form that the style finds."""
    return f'<strong class="predict">{mark[0].strip("*")}</strong>'


def blocks(text: str) -> Iterator[str]:
    """Give the paragraphs, lists, tables, formulas and folds of a text; a paragraph holds its formulas."""
    held: list[str] = []

    def keep(match: re.Match) -> str:
        held.append(match[0])
        return f"\0{len(held) - 1}\0"

    for block in re.split(r"\n\s*\n", BLOCK.sub(keep, text)):
        whole = re.sub(r"\0(\d+)\0", lambda match: held[int(match[1])], block).strip()
        lines = whole.split("\n", 1)
        if HEADING.match(whole) and len(lines) == 2:
            yield from lines
        elif whole:
            yield whole


def shortened(block: str) -> str:
    """Return the first sentences of a long paragraph, and the last one if it leads on to what follows."""
    if len(block.split()) <= WORDS or re.match(r"[-|>\d$<`!]", block) or "$$" in block or "\n- " in block:
        return block
    parts = sentences(block)
    chosen, count = [parts[0]], len(parts[0].split())
    for sentence in parts[1:]:
        if (count := count + len(sentence.split())) > WORDS:
            break
        chosen.append(sentence)
    if block.rstrip().endswith(":") and parts[-1] not in chosen:
        chosen.append(parts[-1])
    return " ".join(chosen)


def sentences(paragraph: str) -> list[str]:
    """Split a paragraph after its sentences, never inside a formula, code or bold text."""
    found, begin = [], 0
    for end in SENTENCE_END.finditer(paragraph):
        sentence = paragraph[begin : end.start()]
        whole = all(sentence.count(mark) % 2 == 0 for mark in ("$", "`", "**"))
        if whole and sentence.count("(") == sentence.count(")") and not ABBREVIATION.search(sentence):
            found.append(sentence)
            begin = end.end()
    return [*found, paragraph[begin:]]


def lines_of(block: str) -> float:
    """Estimate the lines that a block takes on a slide."""
    formulas = re.findall(r"\$\$.*?\$\$", block, re.DOTALL)
    lines = sum(1.5 + 1.1 * formula.count("\\\\") + ("\\frac" in formula) for formula in formulas)
    for line in re.sub(r"\$\$.*?\$\$", "", block, flags=re.DOTALL).splitlines():
        lines += -(-len(line) // LINE) + 0.2 * line.startswith("|")
    return lines + 0.5


def pieces(block: str) -> Iterator[str]:
    """Give a block, or the parts of a table or list that is too long for a slide."""
    lines = block.splitlines()
    head = lines[:2] if block.startswith("|") else []
    if lines_of(block) <= ROOM or not re.match(r"\||- |\d+\. ", block):
        yield block
        return
    held: list[str] = []
    for line in lines[len(head) :]:
        if held and lines_of("\n".join([*head, *held, line])) > ROOM:
            yield "\n".join([*head, *held])
            held = []
        held.append(line)
    yield "\n".join([*head, *held])


def tables_apart(output: NotebookNode) -> Iterator[NotebookNode]:
    """Give an output, or the parts of a table that is too long for a slide."""
    text = output.get("data", {}).get("text/markdown", "").strip()
    shown = list(pieces(text)) if text.startswith(("|", "- ")) else []
    if len(shown) < 2:
        yield output
        return
    if len(shown) > MOST_PIECES:
        shown = [*shown[: MOST_PIECES - 1], f"{shown[MOST_PIECES - 1]}\n\n*The rest stands in the notebook.*"]
    for piece in shown:
        yield nbformat.from_dict({**output, "data": {"text/markdown": piece}})


def only_imports(source: str) -> bool:
    """Tell whether a cell only imports, so that nobody needs to see it."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    return all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in body)


def plain(heading: str) -> str:
    """Return a heading without its markup."""
    return re.sub(r"[*`]", "", heading)


MACROS = (
    "alpha=α beta=β gamma=γ delta=δ epsilon=ε theta=θ lambda=λ mu=μ pi=π rho=ρ sigma=σ tau=τ phi=φ eta=η "
    "omega=ω Delta=Δ Sigma=Σ odot=⊙ cdot=· times=× le=≤ leq=≤ ge=≥ geq=≥ ne=≠ approx=≈ sum=Σ prod=Π "
    "partial=∂ to=→ dots=… ldots=… cdots=… infty=∞ in=∈ pm=± top=ᵀ sqrt=√ nabla=∇ propto=∝ mid=| "
    "lVert=‖ rVert=‖"
)
SIGNS = dict(macro.split("=") for macro in MACROS.split()) | {"quad": " ", "qquad": " "}


def readable(note: str) -> str:
    """Return a note with its formulas as plain text: the speaker's window sets no mathematics."""
    return re.sub(r"\$\$?(.+?)\$\$?", lambda match: f"`{plain_formula(match[1])}`", note, flags=re.DOTALL)


def plain_formula(formula: str) -> str:
    """Write a formula in plain letters, as far as that goes."""
    text = re.sub(r"\\(?:text|mathrm|mathbb|mathcal|tilde|bar|hat|boldsymbol)\s*\{([^{}]*)\}", r"\1", formula)
    text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"(\1)/(\2)", text)
    text = re.sub(r"\\(?:left|right|big|Big|bigl|bigr)(?![a-zA-Z])", "", text)
    text = re.sub(r"\\([a-zA-Z]+)", lambda match: SIGNS.get(match[1], match[1]), text)
    text = re.sub(r"\\[,;:! ]", " ", text).replace("\\", "")
    text = re.sub(r"([_^])\{([^{}]{1,2})\}", r"\1\2", text)
    return re.sub(r"\s+", " ", text).replace("`", "'").strip()
