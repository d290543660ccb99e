"""Pictures of parts of a page, compared pixel by pixel."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import matplotlib.image
import numpy as np

if TYPE_CHECKING:
    from playwright.sync_api import Locator

SMALLEST_CHANGE = 1 / 16  # of a color channel: less can hardly be seen
FEWEST_PIXELS = 20


def photograph(area: Locator, parts: str) -> list[np.ndarray]:
    """Take a picture of each visible part of an area.

    Args: area; parts: a selector.
    Returns: for each part, (height, width, channels), 0 to 1.
    """
    screenshot = matplotlib.image.imread(io.BytesIO(area.screenshot(animations="disabled")))
    boxes = area.evaluate(
        """(area, parts) => {
            const origin = area.getBoundingClientRect();
            const boxes = [...area.querySelectorAll(parts)].map(part => part.getBoundingClientRect());
            return boxes.map(box => [box.top - origin.top, box.bottom - origin.top,
                                     box.left - origin.left, box.right - origin.left].map(Math.round));
        }""",
        parts,
    )
    return [screenshot[max(top, 0) : bottom, max(left, 0) : right] for top, bottom, left, right in boxes]


def differ(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    """Whether somebody who looks at the parts sees a difference."""
    return any(_differ(*pair) for pair in zip(before, after, strict=True))


def _differ(before: np.ndarray, after: np.ndarray) -> bool:
    if before.shape != after.shape:
        return True
    changed = np.abs(before - after).max(axis=2, initial=0.0) > SMALLEST_CHANGE
    return np.count_nonzero(changed) >= FEWEST_PIXELS
