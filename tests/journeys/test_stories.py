"""From the front page into a story and back, by keyboard and on a phone, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.services.accounts import accounts
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.ingest import assign_stories
from aggregator.storage.engine import Database
from aggregator.types import UnplacedEntry
from tests.builders import NOW, make_entry, make_feed, make_source, store_entries
from tests.journeys import browsing
from tests.journeys.browsing import PASSWORD, check_structure, fits, open_page, run_server, sign_in
from tests.stories import FOUR

pytestmark = pytest.mark.browser

browser = browsing.browser
site = browsing.site
ABOVE = "تعليم هذا وكل ما فوقه كمقروء"


@pytest.fixture
def amina(site: str, browser: Browser) -> Iterator[Page]:
    page = open_page(browser)
    sign_in(page, site)
    page.goto(f"{site}/")
    yield page
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
    page.context.close()


def test_a_story_is_marked_followed_and_read_from_the_front_page(amina: Page, site: str) -> None:
    card = amina.locator("article[data-ids]").first
    number = int((card.locator(".title a").get_attribute("href") or "").rpartition("/")[2])
    for _ in range(60):
        amina.keyboard.press("j")
        if "selected" in (card.get_attribute("class") or ""):
            break
    amina.keyboard.press("m")
    expect(card).to_have_class("entry selected read")
    expect(amina.locator("#status .toast")).to_be_visible()
    amina.keyboard.press("o")
    amina.wait_for_url(f"{site}/stories/{number}")
    check_structure(amina)
    assert fits(amina)
    amina.get_by_role("button", name="متابعة الحدث").click()
    expect(amina.get_by_role("button", name="إلغاء متابعة الحدث")).to_be_visible()
    expect(amina.get_by_role("button", name="تعليم الحدث كغير مقروء")).to_be_visible()
    amina.locator(".timeline .title a").first.click()
    expect(amina.locator("article.reading h1")).to_be_visible()


def test_every_entry_is_one_click_from_the_front_page(amina: Page) -> None:
    stories = amina.locator(".entries article").count()
    amina.get_by_role("link", name="كل المقالات").click()
    expect(amina.get_by_role("link", name="كل المقالات")).to_have_attribute("aria-current", "true")
    assert amina.locator(".entries article").count() > stories
    amina.get_by_role("link", name="الأحداث").click()
    expect(amina.locator("article[data-ids]").first).to_be_visible()


@pytest.fixture
def told(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A site where four sources told one event, after which somebody else wrote two articles."""
    monkeypatch.setattr("web.caches.front_page.now", lambda: NOW)
    with sqlite_database.write_exclusive() as session:
        for number, entry in enumerate(FOUR):
            feed = make_feed(session, make_source(session, f"s{number}"), f"https://{number}.ma/")
            (id_,) = store_entries(session, feed, entry)
            assign_stories.assign_stories(session, [UnplacedEntry(id_, entry.story)])
        other = make_feed(session, make_source(session, "other"), "https://other.ma/")
        make_entry(session, other, "الأول", age=0)
        make_entry(session, other, "الثاني", age=0)
        accounts.create(session, PasswordHasher(), "أمينة", PASSWORD, "reader", NOW)
    with run_server(sqlite_database) as address:
        yield address


def test_the_story_that_opens_the_page_is_not_above_the_others(told: str, browser: Browser) -> None:
    page = open_page(browser)
    sign_in(page, told)
    page.goto(f"{told}/")
    check_structure(page)
    opening = page.locator(".opening-story article")
    expect(opening).to_have_attribute("data-ids", "1 2 3 4")
    first, second = (page.locator(".day:not(.opening-story) article").nth(n) for n in (0, 1))
    second.locator(".byline > button").click()
    second.get_by_role("button", name=ABOVE).click()
    expect(first).to_have_class("entry read")
    expect(opening).to_have_class("entry lead")
    expect(page.locator("#status .toast")).to_be_visible()
    page.reload()
    expect(opening).to_have_class("entry lead")
    opening.locator(".byline > button").click()
    page.get_by_role("button", name=ABOVE).click()
    expect(opening).to_have_class("entry lead selected read")
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
    page.context.close()
