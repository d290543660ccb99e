"""What the chapters' explorers have in common: controls above a picture that follows them."""

from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import clear_output


class Explorer(ipywidgets.VBox):
    """A column of controls above what they change.

    Args: children: widgets from top to bottom; invitation: what one can do here, in words that follow "to".
    """

    def __init__(
        self, children: Sequence[ipywidgets.Widget] = (), invitation: str = "move its sliders", **options
    ) -> None:
        self._invitation = invitation
        super().__init__(children, **options)

    def __repr__(self) -> str:  # what a page without a kernel shows in a widget's place
        return f"A widget: run this notebook in JupyterLab to {self._invitation}."


Row = str | Sequence[str] | ipywidgets.Widget


def build_explorer(
    draw: Callable[..., None],
    controls: Mapping[str, ipywidgets.Widget],
    rows: Sequence[Row],
    height: int,
    *,
    below: Sequence[ipywidgets.Widget] = (),
    grows: bool = False,
    **options: str,
) -> Explorer:
    """Put controls above a picture that is drawn again whenever one of them changes.

    Args:
        draw: takes the values of the controls by name and draws one new figure, or none where there is
            nothing to show; it does not call `plt.show`.
        controls: by the names of draw's arguments.
        rows: what stands above the picture, from top to bottom: a control's name, several names for controls
            side by side, or another widget.
        height: of the picture, in pixels.  The place is kept while the old picture gives way to the new one,
            so that nothing jumps.
        below: what stands below the picture.
        grows: whether a picture may be higher than that.
        options: `invitation`, see `Explorer`.
    """

    def redraw(**values) -> None:
        before = plt.get_fignums()
        draw(**values)
        if plt.get_fignums() == before:
            clear_output()
        else:
            plt.show()

    picture = ipywidgets.interactive_output(redraw, controls)
    setattr(picture.layout, "min_height" if grows else "height", f"{height}px")
    return Explorer([*(_row(row, controls) for row in rows), picture, *below], **options)


def _row(row: Row, controls: Mapping[str, ipywidgets.Widget]) -> ipywidgets.Widget:
    if isinstance(row, ipywidgets.Widget):
        return row
    return controls[row] if isinstance(row, str) else ipywidgets.HBox([controls[name] for name in row])


def sentence_line(
    text: str, label: str, width: str = "45em", placeholder: str = "type a sentence, then press Enter"
) -> ipywidgets.Text:
    """A line to type in; pressing Enter hands on what it holds.

    Args: text: to begin with; label: what stands before it; width: as in CSS; placeholder: what an empty line
        shows.
    """
    return ipywidgets.Text(
        value=text,
        description=label,
        placeholder=placeholder,
        continuous_update=False,
        layout=ipywidgets.Layout(width=width, max_width="95%"),
    )
