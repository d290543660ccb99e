"""Pictures to move without a kernel: a slider of the browser's own chooses among frames drawn beforehand."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from course.shared.style import use_course_style
from course.tools.publish.frames import Frame, Movable, movables

COLORS = 48  # of a frame: lines and text need no more, and the file gets several times smaller
WIDTH, DPI = 8.0, 100  # inches, dots per inch: narrower than in a notebook, so that letters stay large
PAGE = """\
# Pictures to move

Each slider chooses among pictures that were drawn beforehand, so it answers at once and loads no Python. With
the keyboard, press Tab until a slider is marked, then use the arrow keys.

{sections}
<script src="_static/movable.js"></script>
"""


def write_movable(folder: Path) -> str:
    """Write all frames into a new folder, which the site keeps as `_static/movable`.

    Returns: the Markdown of the page that shows them.
    """
    folder.mkdir(parents=True)
    sections = []
    with plt.rc_context():
        use_course_style()
        for picture in movables():
            sizes = [draw(frame, folder / file_name(picture, k)) for k, frame in enumerate(picture.frames)]
            sections.append(markdown(picture, sizes))
    return PAGE.format(sections="\n".join(sections))


def draw(frame: Frame, path: Path) -> tuple[int, int]:
    """Draw a frame into a file, and return its width and height in pixels."""
    frame.draw()
    figure = plt.gcf()
    figure.set(dpi=DPI, figwidth=WIDTH)
    figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())).convert("RGB")
    plt.close(figure)
    few = image.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.convert("RGB").save(path, lossless=True, quality=100)
    return image.size


def file_name(picture: Movable, number: int) -> str:
    """Return the name of a frame's file."""
    return f"{picture.name}-{number:02d}.webp"


def markdown(picture: Movable, sizes: Sequence[tuple[int, int]]) -> str:
    """Return the section of a picture.  Args: picture; sizes: width and height of each frame."""
    first, last = picture.frames[picture.start], len(picture.frames) - 1
    images = "\n".join(
        f'<img src="_static/movable/{file_name(picture, k)}" alt="{escape(frame.alt)}" width="{width}" '
        f'height="{height}" data-value="{escape(frame.value)}" data-finding="{escape(frame.finding)}"'
        f"{'' if k == picture.start else ' hidden'}>"
        for k, (frame, (width, height)) in enumerate(zip(picture.frames, sizes, strict=True))
    )
    return f"""\
## {picture.title}

{picture.text}

<figure class="movable" id="{picture.name}">
<label for="{picture.name}-slider">{picture.label}: <span class="value">{escape(first.value)}</span></label>
<input type="range" id="{picture.name}-slider" min="0" max="{last}" value="{picture.start}"
 aria-valuetext="{escape(first.value)}">
{images}
<figcaption><output for="{picture.name}-slider">{escape(first.finding)}</output></figcaption>
</figure>

You can run and change this in [its notebook](notebooks/{picture.notebook}.ipynb).
"""
