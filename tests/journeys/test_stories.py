"""From the front page into a story and back, by keyboard and on a phone, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import browsing
from tests.journeys.browsing import check_structure, fits, page_of, sign_in

pytestmark = pytest.mark.browser

browser = browsing.browser
site = browsing.site


@pytest.fixture
def amina(site: str, browser: Browser) -> Iterator[Page]:
    page = page_of(browser)
    sign_in(page, site)
    page.goto(f"{site}/")
    yield page
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `page_of`
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
    amina.get_by_role("link", name="كل الأخبار").click()
    expect(amina.get_by_role("link", name="كل الأخبار")).to_have_attribute("aria-current", "true")
    assert amina.locator(".entries article").count() > stories
    amina.get_by_role("link", name="الأحداث").click()
    expect(amina.locator("article[data-ids]").first).to_be_visible()
