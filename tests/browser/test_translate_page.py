"""The page that translates: the command line's words, by keyboard alone, and no other machine asked."""

import time

from browser.lite_visit import FileServer, served
from browser.visit import BROWSER_OPTIONS
from lstm_lib.translator import Translator

SENTENCES = ("Where is the train station?", "thank you.", "I don't know.")
PATIENCE = 300_000  # milliseconds: against waiting without end, on the busiest machine
MOST_MEGABYTES = 25


def test_a_sentence_is_translated_by_keyboard_alone(site, playwright, chromium, record_property):
    expected = Translator.load("tatoeba-small").best(SENTENCES)
    with served(site) as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_OPTIONS)
        page = browser.new_page(viewport={"width": 400, "height": 900})
        page.set_default_timeout(PATIENCE)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        FileServer.sent.clear()
        start = time.monotonic()
        page.goto(f"{address}/translate.html")
        page.wait_for_selector("#attention table")
        ready, megabytes = time.monotonic() - start, sum(FileServer.sent) / 1e6
        record_property("lite", f"{'translate.html':28} {ready:10.1f} s {'':30} {megabytes:8.1f} MB")
        assert megabytes < MOST_MEGABYTES
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.id") == "sentence"
        for sentence, words in zip(SENTENCES, expected, strict=True):
            page.keyboard.press("Control+A")
            page.keyboard.type(sentence)
            page.keyboard.press("Enter")
            page.wait_for_function(
                "words => document.getElementById('translation').textContent === words", arg=words
            )
        best = page.locator("#beam tbody th").first.inner_text()
        rows = page.locator("#attention tbody tr").count()
        columns = page.locator("#attention thead th").count()
        assert best == expected[-1]
        opened = [float(text) for text in page.locator("#gates tbody td").all_inner_texts() if text]
        assert len(opened) > 2 * columns and all(0 <= value <= 1 for value in opened)
        assert page.locator("#attention tbody td").count() == rows * columns > 0
        page.keyboard.press("Control+A")
        page.keyboard.type("the <b>zork</b> sleeps")
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.getElementById('about').textContent.includes('zork')")
        assert page.locator("main b").count() == 0
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
        browser.close()
