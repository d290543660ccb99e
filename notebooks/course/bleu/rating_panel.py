"""The rating panel: rate translations blind, and see what the class thinks beside what BLEU says."""

import html
from collections.abc import Sequence
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import clear_output

from course.bleu import ratings as files
from course.bleu.plots import plot_results
from course.bleu.ratings import STARS, Item, join_ratings, read_ratings, summarize
from course.shared.widgets import Explorer
from lstm_lib.errors import UserError

SCALE = {1: "none", 2: "little", 3: "much", 4: "most", 5: "all"}
QUESTION = "How much of the meaning is there, in good English?"
WELCOME = "Type a name or a pseudonym above, and press Enter: it goes into the file of your ratings."
DONE = "You have rated all of them. Thank you."


class RatingPanel(Explorer):
    """A line for the rater's name, a card with a translation, five buttons, and the class's picture.

    Every rating is in the rater's file before the next translation is shown, so a rater who comes back under
    the same name goes on where they stopped.

    Args: items: what to rate; folder: of the class's files; seed: of the order.
    """

    def __init__(self, items: Sequence[Item], folder: Path, seed: int):
        self._items, self._folder, self._seed = items, folder, seed
        self._rater, self._order, self._position = "", list(items), 0
        self._stars: dict[str, int] = {}
        self.name = ipywidgets.Text(
            description="your name", placeholder="type, then press Enter", continuous_update=False
        )
        self.card = ipywidgets.HTML(card_html(None))
        self.stars = [
            ipywidgets.Button(description=f"{n} {SCALE[n]}", tooltip=f"{SCALE[n]} of the meaning")
            for n in STARS
        ]
        self.back = ipywidgets.Button(description="back", tooltip="to the translation before")
        self.results = ipywidgets.Button(description="show the class", tooltip="all ratings in the folder")
        self.message, self.picture = ipywidgets.HTML(), ipywidgets.Output()
        self.name.observe(lambda change: self._enter(change.new), names="value")
        for n, button in zip(STARS, self.stars, strict=True):
            button.on_click(lambda _, n=n: self._rate(n))
        self.back.on_click(lambda _: self._show(self._position - 1))
        self.results.on_click(lambda _: self._draw())
        rows = [ipywidgets.HBox(self.stars), ipywidgets.HBox([self.back, self.results])]
        children = [self.name, self.card, *rows, self.message, self.picture]
        super().__init__(children, invitation="rate translations")
        self._show(0)

    @property
    def _path(self) -> Path:
        return files.rating_file(self._folder, self._rater)

    def _enter(self, name: str) -> None:
        """Begin under a name, or go on where it stopped."""
        self._rater, self._stars = files.clean_name(name), {}
        self._order = files.order_for(self._items, self._rater, self._seed)
        self.message.value = ""
        try:
            self._stars = self._own_ratings()
        except UserError as error:
            self._rater = ""
            self._say(str(error))
        unrated = (k for k, item in enumerate(self._order) if item.key not in self._stars)
        self._show(next(unrated, len(self._order)))

    def _own_ratings(self) -> dict[str, int]:
        """Raises: UserError where the file under this name is somebody else's, or no file of ratings."""
        if not self._rater or not self._path.exists():
            return {}
        ratings = read_ratings(self._path, self._items)
        for other, _ in ratings:
            if other != self._rater:
                raise UserError(f"{self._path}: holds the ratings of {other!r}; choose another name")
        return {key: stars for (_, key), stars in ratings.items()}

    def _rate(self, stars: int) -> None:
        item = self._order[self._position]
        try:
            files.save_rating(self._path, self._rater, item, stars, self._items)
        except UserError as error:
            self._say(str(error))
            return
        self._stars[item.key] = stars
        self._say(f"{len(self._stars)} of {len(self._order)} are saved in {self._path}")
        self._show(self._position + 1)

    def _show(self, position: int) -> None:
        """Show a translation, or that there are no more."""
        self._position = position
        item = self._order[position] if self._rater and position < len(self._order) else None
        for button in self.stars:
            button.disabled = item is None
            button.button_style = ""
        if item and item.key in self._stars:
            self.stars[self._stars[item.key] - 1].button_style = "info"
        self.back.disabled = not self._rater or position == 0
        where = f"translation {position + 1} of {len(self._order)}"
        self.card.value = card_html(item, where) if item or not self._rater else DONE

    def _draw(self) -> None:
        """Draw what the class's files say, and say why a file cannot be read."""
        ratings, complaints = join_ratings(self._folder, self._items)
        if not ratings:
            complaints.append(f"There is no rating in {self._folder} yet.")
        self._say(*complaints)
        with self.picture:
            clear_output(wait=True)
            if ratings:
                plot_results(summarize(self._items, ratings, np.random.default_rng(self._seed)))
                plt.show()

    def _say(self, *lines: str) -> None:
        self.message.value = "<br>".join(map(html.escape, lines))


def rating_panel(items: Sequence[Item], folder: str | Path = "ratings", seed: int = 0) -> RatingPanel:
    """Build a panel to rate translations blind: systems are hidden, and each rater has an order of their own.

    Args: items: see `ratings.choose_items`; folder: where each rater's CSV file goes; seed: of the orders.
    """
    return RatingPanel(items, Path(folder), seed)


def card_html(item: Item | None, where: str = "") -> str:
    """Return the card of a translation, which does not tell who wrote it; of None, how to begin."""
    if item is None:
        return WELCOME
    return (
        f"<p>{html.escape(where)}</p>"
        f"<p style='font-size: 130%'>{html.escape(item.source)}<br><b>{html.escape(item.text)}</b></p>"
        f"<p>{QUESTION}</p>"
    )
