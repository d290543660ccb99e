"""Move all that can be moved in a widget, and see what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import psutil

from browser.clock import Clock, Spent
from browser.controls import ANY_CONTROL, Control, Move
from browser.pixels import differ, photograph

if TYPE_CHECKING:
    from playwright.sync_api import Locator

# The parts of a widget that show something: outputs, HTML, images, and labels that are no control's name.
SHOWN = ".widget-output, .widget-html, .widget-image, div.widget-label"
OUTPUT = ".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.{}']"
FAILED = f"{OUTPUT.format('error')}, {OUTPUT.format('stderr')}"
# What in the page was typed as text.
PLANTED = """() => {
    const found = [...document.querySelectorAll('img[src=x], b.typed')].map(element => element.localName);
    if (window.typed) found.push('script');
    delete window.typed;
    return found;
}"""


class Redraw(NamedTuple):
    """What followed a move."""

    control: str  # its label
    keys: str
    is_moved: bool  # the control has another value
    is_seen: bool  # pixels changed beside it
    seconds: float  # from the last key to the last change in the page; NaN where nothing changed
    spent: Spent  # meanwhile

    @property
    def seconds_unqueued(self) -> float:
        """From the key to the last change, less the time in which other programs had the cores."""
        return max(self.seconds - self.spent.queued, self.spent.processor)


class Driver:
    """A hand on the keyboard, for one widget.

    Args: area: of the page, that the widget fills; kernel: its process, None where it runs in the browser.
    """

    def __init__(self, area: Locator, kernel: psutil.Process | None = None):
        self._area, self._kernel = area, kernel
        elements = area.locator(ANY_CONTROL).element_handles()
        self.controls = [Control(element, place) for place, element in enumerate(elements)]
        self.redraws: list[Redraw] = []
        self.failures: list[str] = []
        self.planted: set[str] = set()
        self._driven: set[int] = set()
        self._picture = photograph(area, SHOWN)

    def drive(self) -> None:
        """Move each control; one that another wakes up is moved before it may fall asleep again."""
        while ready := self._ready() - self._driven:
            self._move(self._next(ready))

    @property
    def left_out(self) -> list[str]:
        """The labels of controls that never were ready to be moved."""
        return [control.label for control in self.controls if control.place not in self._driven]

    def _ready(self) -> set[int]:
        return {control.place for control in self.controls if control.is_ready}

    def _next(self, places: set[int]) -> Control:
        """Buttons last: they may end what the others belong to."""
        return min((self.controls[k] for k in places), key=lambda c: (c.is_button, c.place))

    def _move(self, control: Control) -> None:
        self._driven.add(control.place)
        for move in control.moves():
            before = self._ready()
            self._redraw(control, move)
            while woken := self._ready() - before - self._driven:
                self._move(self._next(woken))

    def _redraw(self, control: Control, move: Move) -> None:
        value, clock = control.value(), Clock(self._kernel)
        self._area.evaluate("(area, shown) => window.stopwatch.start(area, shown)", SHOWN)
        control.make(move)
        seconds = self._area.evaluate("() => window.stopwatch.read()")
        spent = clock.read()
        picture = photograph(self._area, SHOWN)
        redraw = Redraw(
            control=control.label,
            keys=move.keys,
            is_moved=control.value() != value,
            is_seen=differ(self._picture, picture),
            seconds=float("nan") if seconds is None else seconds,
            spent=spent,
        )
        self.redraws.append(redraw)
        self._picture = picture
        self.failures += self._area.locator(FAILED).all_inner_texts()
        self.planted |= set(self._area.evaluate(PLANTED))
