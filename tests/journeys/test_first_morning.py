"""A new reader on a phone: from the front page to thirty sources and a story, counted in taps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from aggregator.services.ingest import assign_stories
from aggregator.storage.engine import Database
from aggregator.types import UnplacedEntry
from tests.builders import make_entry, make_feed, make_source, store_entries
from tests.journeys import browsing
from tests.journeys.browsing import PASSWORD, fits, open_page, run_server
from tests.stories import FOUR

pytestmark = pytest.mark.browser

browser = browsing.browser
SOURCES = 30
# From the front page to an article that is read, starred and shared.
MAX_TAPS = 12


class Finger:
    """Taps on a page, counted; a field is tapped before it is written in."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0

    def tap(self, what: Locator) -> None:
        """Tap and wait for what comes."""
        self.taps += 1
        what.tap()
        self.page.wait_for_load_state()

    def write(self, field: str, text: str) -> None:
        """Write in a field of the form."""
        self.tap(self.page.get_by_role("main").locator(f"[name={field}]"))
        self.page.keyboard.type(text)


@pytest.fixture
def press(sqlite_database: Database) -> Iterator[str]:
    """The address of a site with thirty Moroccan sources in Arabic and a story that two told."""
    with sqlite_database.write() as session:
        sources = [
            make_source(session, f"s{number}", name=f"جريدة {number}", position=number)
            for number in range(SOURCES)
        ]
        feeds = [make_feed(session, id_, f"https://{id_}.example/feed") for id_ in sources]
        for number, feed in enumerate(feeds):
            make_entry(session, feed, f"خبر {number}", age=number + 1)
    for feed, told in zip(feeds, FOUR[:2], strict=False):
        with sqlite_database.write_exclusive() as session:
            (id_,) = store_entries(session, feed, told)
            assign_stories.assign_stories(session, [UnplacedEntry(id_, told.story)])
    with run_server(sqlite_database, registration="open") as address:
        yield address


def test_from_the_front_page_to_thirty_sources_and_a_starred_story(
    press: str, browser: Browser
) -> None:
    clipboard = ["clipboard-read", "clipboard-write"]
    page = open_page(browser, has_touch=True, permissions=clipboard)
    page.goto(press)
    finger = Finger(page)
    finger.tap(page.locator(".menu > summary"))
    finger.tap(page.get_by_role("link", name="حساب جديد"))
    finger.write("name", "أمينة")
    finger.write("password", PASSWORD)
    finger.write("repeat", PASSWORD)
    finger.tap(page.get_by_role("button", name="إنشاء الحساب"))
    expect(page).to_have_url(f"{press}/mine")
    assert fits(page)
    finger.tap(page.get_by_role("button", name="متابعة الصحافة المغربية بالعربية"))
    expect(page.get_by_role("status").first).to_contain_text("أضيف 30 عنصرا")
    assert fits(page)
    finger.tap(page.locator("article[data-story] .title a").first)
    finger.tap(page.get_by_role("main").locator("h1 a"))
    expect(page.locator(".reading")).to_be_visible()
    finger.tap(page.get_by_role("button", name="إضافة إلى المفضلة"))
    share = page.locator(".reading .share")
    finger.tap(share.locator("summary"))  # a phone's own sheet opens with this tap already
    finger.tap(share.get_by_role("button", name="نسخ الرابط"))
    expect(page.get_by_role("status").first).to_contain_text("نُسخ الرابط")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "/entries/" in copied
    assert finger.taps <= MAX_TAPS
    page.goto(f"{press}/starred")
    expect(page.locator("article[data-id]")).to_have_count(1)
    page.goto(f"{press}/following")
    expect(page.get_by_text("30 مصدرا").first).to_be_visible()
    page.context.close()
