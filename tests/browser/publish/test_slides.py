"""Slides in a browser: none taller than the screen, formulas set, notes there, and no other machine asked."""

from html.parser import HTMLParser

import pytest

from browser.lite_visit import served
from browser.visit import BROWSER_OPTIONS
from course.tools.execute import NOTEBOOKS
from lstm_lib.__main__ import main

PATIENCE = 300_000  # milliseconds: against waiting without end, on the busiest machine
SMALLEST = 0.55  # of the text's usual size
# Goes through all slides with all that appears in steps, and measures each.
WALK = """() => Reveal.getSlides().map(slide => {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v, 99);
    const inner = slide.querySelector(":scope > .fit"), box = inner.getBoundingClientRect();
    return { name: `${h}.${v}: ${inner.innerText.slice(0, 60)}`, bottom: box.bottom, right: box.right,
             wider: inner.scrollWidth - inner.clientWidth, zoom: Number(inner.dataset.fitted),
             asks: Boolean(inner.querySelector(".predict")),
             note: slide.querySelector("aside.notes")?.textContent ?? "" };
})"""


class Pictures(HTMLParser):
    """Collects the alternative texts of a page's pictures."""

    def __init__(self, text: str):
        super().__init__()
        self.alts: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        if tag == "img":
            self.alts.append(dict(attributes).get("alt"))


@pytest.fixture(scope="module")
def decks(chromium, tmp_path_factory):
    folder = tmp_path_factory.mktemp("decks") / "slides"
    assert main(["slides", str(folder)]) == 0
    return folder


def test_no_slide_is_taller_than_the_screen(decks, playwright, chromium):
    with served(decks) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(PATIENCE)
        asked, failed = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        too_big, silent = [], []
        for path in sorted(NOTEBOOKS.glob("*.ipynb")):
            page.goto(f"{address}/{path.stem}.html")
            page.wait_for_selector("html[data-ready]")
            slides = page.evaluate(WALK)
            too_big += [
                (path.stem, slide["name"])
                for slide in slides
                if slide["bottom"] > 721
                or slide["right"] > 1281
                or slide["wider"] > 1
                or slide["zoom"] < SMALLEST
            ]
            silent += [
                (path.stem, slide["name"]) for slide in slides if slide["asks"] and "Ask" not in slide["note"]
            ]
            assert len(slides) > 20 and any(slide["asks"] for slide in slides)
            assert page.locator("mjx-container").count() > 0
        assert too_big == [] and silent == [] and failed == []
        assert [url for url in asked if not url.startswith((address, "data:"))] == []
        with page.expect_popup() as speaker:
            page.keyboard.press("s")
        speaker.value.wait_for_selector(".speaker-controls-notes", state="attached")
        browser.close()


def test_every_picture_has_an_alternative_text(decks):
    for path in decks.glob("[0-9]*.html"):
        alts = Pictures(path.read_text(encoding="utf-8")).alts
        assert alts and all(alts), path.name


def test_a_second_run_overwrites_nothing(decks, capsys):
    assert main(["slides", str(decks)]) == 2
    assert "exists already" in capsys.readouterr().err
