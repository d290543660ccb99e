"""The site's pages: every link leads somewhere, and a reader's browser asks no other machine."""

import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from browser.lite_visit import served
from browser.pixels import differ, photograph
from browser.visit import BROWSER_OPTIONS
from course.tools.publish.fetch import npm_folder
from course.tools.publish.frames import movables

PAGES = (
    "index",
    "notebooks/01_lstm_from_scratch",
    "notebooks/09_bleu",
    "notebooks/symbols",
    "pictures",
    "results",
    "experiments",
    "guide",
    "reference",
    "slides/index",
)
# axe-core looks for what keeps people out who use a screen reader, a keyboard or large letters.
AXE = "axe-core@4.11.0", "39bed7d72308f6d620789c169d699bfd7e8da80f65b545821a6b2215c3e83107"
LOOKED_AT = ("index", "notebooks/01_lstm_from_scratch", "guide", "pictures", "translate", "slides/index")
VIEWS = {"light": ("light", 1280), "dark": ("dark", 1280), "narrow": ("light", 400)}
# Rules that the theme and the notebook extension break in what they write around ours.
THEME_S: set[str] = set()
AUDIT = """async part => {
    const { violations } = await axe.run(part, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => [id, nodes.length, nodes[0].html.slice(0, 200)]);
}"""


class References(HTMLParser):
    """Collects what a page refers to, its anchors, and its pictures."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.pictures: list[dict] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        found = dict(attributes)
        self.links += [found[name] for name in ("href", "src") if found.get(name)]
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        self.pictures += [found] if tag == "img" else []


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, References]:
    """The pages, by file."""
    files = [
        path
        for path in site.rglob("*.html")
        if path.relative_to(site).parts[0] not in ("lite", "_static") and "plugin" not in path.parts
    ]
    return {path: References(path.read_text(encoding="utf-8")) for path in files}


def test_every_link_inside_leads_somewhere(pages):
    assert len(pages) > 15
    broken = []
    for path, page in pages.items():
        for link in page.links:
            address = urlsplit(link)
            if address.scheme or address.netloc or link == "#":
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            anchor = address.fragment
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].anchors):
                broken.append((path.name, link))
    assert broken == []


def test_docstrings_keep_their_equations_on_the_page(site):
    text = (site / "reference.html").read_text(encoding="utf-8")
    words = unescape(re.sub(r"<[^>]+>", "", text))
    assert re.search(r"c_new = f c \+ i g +memory\nh_new = o tanh", words)
    assert ":Returns:" not in words and ":Args:" not in words
    assert "system-message" not in text and 'class="problematic"' not in text


def test_live_links_name_notebooks_that_are_there(site, pages):
    live = {link for page in pages.values() for link in page.links if "lite/lab/index.html" in link}
    assert len(live) == 13
    for link in live:
        assert (site / "lite" / "files" / link.split("?path=")[1]).is_file()


def test_pictures_have_alternative_texts(pages):
    pictures = [picture for page in pages.values() for picture in page.pictures]
    assert sum(len(picture.get("alt") or "") > 20 for picture in pictures) > 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_load_with_their_formulas_and_ask_no_other_machine(site, playwright, chromium, scheme):
    with served(site) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        page = browser.new_page(color_scheme=scheme, viewport={"width": 400, "height": 800})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name in PAGES:
            page.goto(f"{address}/{name}.html", wait_until="load", timeout=60_000)
            assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
            if name.startswith("notebooks/0"):
                page.wait_for_selector("mjx-container", timeout=60_000)
        assert [url for url in asked if not url.startswith((address, "data:"))] == []
        browser.close()


def test_pictures_move_by_keyboard_and_say_what_they_show(site, playwright, chromium):
    with served(site) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{address}/pictures.html", wait_until="load", timeout=60_000)
        figures = page.locator("figure.movable").all()
        assert len(figures) == len(movables())
        for figure in figures:
            slider, seen = figure.locator("input"), []
            for _ in range(200):
                if slider.evaluate("slider => slider === document.activeElement"):
                    break
                page.keyboard.press("Tab")
            for key in ("Home", "ArrowRight", "End"):
                page.keyboard.press(key)
                assert figure.locator("img:visible").count() == 1
                seen.append(
                    (
                        slider.get_attribute("aria-valuetext"),
                        figure.locator("output").inner_text(),
                        figure.locator("img:visible").get_attribute("alt"),
                        photograph(figure, "img:not([hidden])"),
                    )
                )
            for before, after in pairwise(seen):
                assert all(old != new for old, new in zip(before[:3], after[:3], strict=True))
                assert differ(before[3], after[3])
        browser.close()


@pytest.fixture(scope="module")
def axe() -> Path:
    return npm_folder(*AXE, r"axe\.min\.js|LICENSE") / "axe.min.js"


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_of_ours_keeps_people_out(site, playwright, chromium, axe, view):
    scheme, width = VIEWS[view]
    found = []
    with served(site) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        page.set_default_timeout(300_000)
        for name in LOOKED_AT:
            page.goto(f"{address}/{name}.html", wait_until="load")
            if name == "translate":
                page.wait_for_selector("#attention table")
            if "notebooks" in name:
                page.wait_for_selector("mjx-container")
            page.add_script_tag(path=axe)
            ours = page.evaluate("() => document.querySelector('article.bd-article') ? 'article' : 'html'")
            seen = page.evaluate(AUDIT, ours)
            found += [(name, *violation) for violation in seen if violation[0] not in THEME_S]
        browser.close()
    assert found == []
