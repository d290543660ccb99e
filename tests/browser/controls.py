"""What can be moved in a widget, and how a hand on the keyboard moves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import ElementHandle

# A script, an element, and a formula that cannot be set; few words, so that explorers draw them.
HOSTILE = ("<img src=x onerror=typed=1>", r"dog <b class=typed>$\frac{")
ANY_CONTROL = "input, select, textarea, button, .noUi-handle"

LABEL = """control => {
    if (control.matches('button')) return control.textContent;
    const labels = control.labels ?? control.closest('.widget-inline-hbox').querySelectorAll('.widget-label');
    return [...labels].map(label => label.textContent).join('');
}"""


class Move(NamedTuple):
    """Keys, and the text that is typed before them."""

    keys: str
    text: str | None = None


class Control:
    """A control, by its place among those of its widget.

    Args: element; place.
    """

    def __init__(self, element: ElementHandle, place: int):
        self.element, self.place = element, place
        kinds = [kind for kind in MOVES if element.evaluate("(e, kind) => e.matches(kind)", kind)]
        assert kinds, f"no gesture is known for {element.evaluate('e => e.outerHTML')}"
        self.kind = kinds[0]
        self.label = element.evaluate(LABEL).replace("\u200b", "").strip()

    @property
    def is_ready(self) -> bool:
        """Whether a move of it can change anything: seen, enabled, and no choice that is made already."""
        return self.element.evaluate(
            "e => e.checkVisibility() && !e.disabled && !e.matches('.mod-active, [disabled] *')"
        )

    @property
    def is_button(self) -> bool:
        return self.kind == "button"

    def value(self) -> str:
        """What it is set to, as the page has it."""
        return self.element.evaluate(
            "e => String(e.ariaValueNow ?? (e.type === 'checkbox' ? e.checked : e.value))"
        )

    def moves(self) -> Iterator[Move]:
        """A few moves, each of which leads to another value than it had."""
        return MOVES[self.kind](self.element)

    def make(self, move: Move) -> None:
        """Make one of the moves."""
        self.element.focus()
        if move.text is not None:
            self.element.fill(move.text)
        for key in move.keys.split():
            self.element.press(key)


def slide(handle: ElementHandle) -> Iterator[Move]:
    """There, back, and there again."""
    there, back = Move("ArrowRight"), Move("ArrowLeft")
    if handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax"):
        there, back = back, there
    yield from (there, back, there)


def choose(dropdown: ElementHandle) -> Iterator[Move]:
    """Every option, and the first once more: it may have been the only one that another control goes with."""
    if dropdown.evaluate("e => e.selectedIndex") > 0:
        yield Move("Home")
    # The list is opened first: while it is shut, JupyterLab takes the arrows, and goes to another cell.
    yield from [Move("Space ArrowDown Enter")] * dropdown.evaluate("e => e.options.length - 1")
    yield Move("Home")


def write(line: ElementHandle) -> Iterator[Move]:
    """What is hostile, the text without its last word, the text as it was."""
    text = line.input_value()
    shorter = " ".join(text.split()[:-1])
    yield from (Move("Enter", typed) for typed in dict.fromkeys([*HOSTILE, shorter, text]))


MOVES: dict[str, Callable[[ElementHandle], Iterator[Move]]] = {
    ".noUi-handle": slide,
    "select": choose,
    "input[type=text], textarea": write,
    "input[type=number]": lambda number: iter([Move("ArrowUp"), Move("ArrowDown")]),
    "input[type=checkbox]": lambda box: iter([Move("Space")] * 2),
    "button": lambda button: iter([Move("Space")]),
}
