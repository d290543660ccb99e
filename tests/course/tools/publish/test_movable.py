"""Pictures to move: each frame says in words what it shows, and is small."""

import re

import numpy as np
import pytest
from PIL import Image

from course.tools.publish.frames import SENTENCE, agreement_unit, movables
from course.tools.publish.movable import write_movable

MOST_BYTES = 9_000  # of a frame


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static") / "movable"
    return folder, write_movable(folder)


def test_the_page_shows_every_frame_with_a_text_of_its_own(written):
    folder, page = written
    shown = re.findall(r'<img src="_static/movable/([^"]+)" alt="([^"]+)"', page)
    assert sorted(name for name, _ in shown) == sorted(path.name for path in folder.iterdir())
    assert len(shown) == sum(len(picture.frames) for picture in movables()) > 20
    assert len({alt for _, alt in shown}) == len(shown) and min(len(alt) for _, alt in shown) > 60
    assert page.count('<input type="range"') == len(movables())
    assert page.count("<img ") - page.count(" hidden>") == len(movables())  # one frame of each


def test_frames_are_small_all_of_one_size_and_differ(written):
    folder, _ = written
    for picture in movables():
        paths = sorted(folder.glob(f"{picture.name}-*.webp"))
        frames = [np.asarray(Image.open(path)) for path in paths]
        assert len({frame.shape for frame in frames}) == 1
        assert len({frame.tobytes() for frame in frames}) == len(frames)
        assert max(path.stat().st_size for path in paths) <= MOST_BYTES


def test_the_unit_is_the_one_of_the_notebook():
    unit, x = agreement_unit()
    h = unit.forward(x[np.newaxis])[0][0, :, 0]
    loud = {word for word, value in zip(SENTENCE, h, strict=True) if abs(value) > 0.5}
    assert loud == {"are", "is"} and h[SENTENCE.index("are")] > 0 > h[SENTENCE.index("is")]


def test_findings_hold_for_their_frames():
    gate, scores, brevity = movables()
    stuck = {frame.value: frame.finding for frame in gate.frames}
    assert "0.73 at “are”" in stuck["free"] and "−0.75 at “is”" in stuck["free"]
    assert "is 0.00 at “are”" in stuck["0.00"] and "0.03 at “are”" in stuck["0.50"]
    assert "−0.01 at “is”" in stuck["1.00"]  # the second subject cancels the first
    slopes = [float(re.search(r"slope is .*?(0\.\d+)", frame.finding)[1]) for frame in scores.frames]
    assert max(slopes) == pytest.approx(0.25, abs=0.01) and slopes[-1] <= 1e-4
    factors = [float(re.search(r"at (\d\.\d\d)\.$", frame.alt)[1]) for frame in brevity.frames]
    assert factors == sorted(factors) and factors[-6:] == [1.0] * 6
