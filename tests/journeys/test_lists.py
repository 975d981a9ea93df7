"""Lists in a real browser: mixed directions as laid out, and all of it without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.services.accounts import accounts
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS, NOW, make_entry, make_feed, make_source
from tests.journeys import browsing
from tests.journeys.browsing import PASSWORD, PHONE, fits, open_page, run_server, sign_in

pytestmark = pytest.mark.browser

browser = browsing.browser
ARABIC = "PSG يفوز على الوداد 2-1 في Casablanca"
LATIN = "Le mot « سد » signifie barrage"
LONG = "الحكومة تصادق على مشروع قانون يتعلق بتدبير مياه السدود وتوزيعها بين الجهات " * 3

# The middle of each word of a title, from the left, as if on one line.
PLACES = """(title, words) => words.map((word) => {
  title.style.whiteSpace = "nowrap";
  const text = document.createTreeWalker(title, NodeFilter.SHOW_TEXT).nextNode();
  const range = document.createRange();
  range.setStart(text, text.data.indexOf(word));
  range.setEnd(text, text.data.indexOf(word) + word.length);
  const { left, right } = range.getBoundingClientRect();
  return (left + right) / 2;
})"""


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    with sqlite_database.write() as session:
        first = make_feed(session, make_source(session, "hespress", name="هسبريس"))
        source = make_source(session, "medias24", name="Médias24", language="fr")
        second = make_feed(session, source, "https://m.example/feed")
        make_entry(session, first, ARABIC, age=1)
        make_entry(session, second, LATIN, age=2, language="fr", direction="ltr")
        for number in range(5):
            make_entry(session, first, f"{LONG} {number}", age=3 + number, summary="نص " * 90)
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "reader", NOW)
    with run_server(sqlite_database) as address:
        yield address


@pytest.mark.parametrize("locale", ["ar", "fr"])
def test_titles_run_in_their_own_direction(site: str, browser: Browser, locale: str) -> None:
    page = open_page(browser, locale)
    for density in ("headlines", "cards", "magazine"):
        page.context.add_cookies(
            [{"name": "marsad_view", "value": f"density={density}", "url": site}]
        )
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(site)
            assert fits(page), (density, width)
            psg, wydad, city = places(page, ARABIC, "PSG", "الوداد", "2-1")
            assert psg > wydad > city, (density, width)
            word, dam, means = places(page, LATIN, "mot", "سد", "»")
            assert word < dam < means, (density, width)
    page.context.close()


def places(page: Page, title: str, *words: str) -> list[float]:
    found = page.get_by_role("link", name=title, exact=True)
    return list(found.evaluate(PLACES, words))


def test_marking_undoing_and_looks_without_scripts(site: str, browser: Browser) -> None:
    context = browser.new_context(locale="ar-MA", viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]  # a plain dictionary
    page = context.new_page()
    sign_in(page, site)
    page.goto(site)

    folded = page.get_by_role("link", name=f"{LONG} 4", exact=False)
    expect(folded).not_to_be_visible()
    page.get_by_text("3 مقالات أخرى من هسبريس").click()
    expect(folded).to_be_visible()

    page.get_by_text("تعليم كمقروء").click()
    page.get_by_role("button", name="كل ما في هذه القائمة").click()
    expect(page.locator("article.read")).to_have_count(7)
    expect(page.locator("article.read .title").last).to_have_css("font-weight", "400")
    page.get_by_role("status").get_by_role("button", name="تراجع").click()
    expect(page.locator("article.read")).to_have_count(0)
    expect(page.locator("article .title").last).to_have_css("font-weight", "700")

    browsing.open_menu(page)
    page.get_by_role("button", name="عناوين").click()
    expect(page.locator("[data-density]").first).to_have_attribute("data-density", "headlines")
    expect(page.locator(".summary")).to_have_count(0)
    context.close()
