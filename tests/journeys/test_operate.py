"""An operator's journey through a real browser: what is wrong, and one button that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.services.accounts import accounts
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from aggregator.storage.feeds import days as feed_days
from aggregator.storage.feeds import outcomes
from aggregator.types import FeedDay, FeedFailure
from tests.builders import FAST_PASSWORDS, claim_feed, feed_row
from tests.journeys import browsing
from tests.journeys.browsing import JOURNAL, NOW, PASSWORD, check_structure, fits, open_page

pytestmark = pytest.mark.browser

browser = browsing.browser
WIDTHS = (320, 390, 768, 1100, 1280)
OFFERED = (("آخر الأخبار", "https://journal.example/rss?format=full"),)


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    """A site with a healthy feed and one whose address shows a web page."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    browsing.publish(sqlite_database, "stories", browsing.article("خبر", "<p>نص</p>", minutes=5))
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "operator", NOW)
        outcomes.record_failure(
            session,
            claim_feed(session, 2, NOW),
            FeedFailure("html", "a web page, not a feed", advertised=OFFERED),
            status="failing",
            polled_at=NOW,
            next_poll_at=NOW + timedelta(hours=9),
            not_before=None,
            drop_adopted=False,
        )
        days = (FeedDay(NOW.date() - timedelta(days=back), 40, back % 3, 20) for back in range(30))
        feed_days.add_polls(session, [(1, day) for day in days])
    with browsing.run_server(sqlite_database) as address:
        yield address


def signed_in(browser: Browser, site: str, locale: str) -> Page:
    page = open_page(browser, locale)
    page.goto(f"{site}/login")
    page.locator("[name=name]").fill("أمينة")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()
    return page


def test_an_operator_adopts_the_advertised_feed(
    site: str, browser: Browser, sqlite_database: Database
) -> None:
    page = signed_in(browser, site, "ar-MA")
    page.get_by_role("link", name="الإشراف").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("حالة المصادر")
    expect(page.get_by_text("واحدة منها تحتاج إلى عناية.")).to_be_visible()
    expect(page.get_by_role("img").first).to_be_visible()
    page.get_by_role("link", name="تتعذر قراءته 1").click()
    expect(page.locator(".board tbody tr")).to_have_count(1)

    page.locator(".board tbody th").get_by_role("link").click()
    expect(page.get_by_text("في هذا العنوان صفحة عادية")).to_be_visible()
    page.get_by_role("button", name="اعتماد هذا العنوان آخر الأخبار").click()
    expect(page.locator(".notice")).to_contain_text("اعتُمد العنوان")
    expect(page.locator("pre.secret")).to_have_text(f'url = "{OFFERED[0][1]}"')
    assert feed_row(sqlite_database, 2).adopted_url == OFFERED[0][1]
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
    page.context.close()


def test_an_operator_polls_now_in_french(
    site: str, browser: Browser, sqlite_database: Database
) -> None:
    page = signed_in(browser, site, "fr")
    page.goto(f"{site}/operate?state=healthy")
    expect(page.get_by_role("heading", level=1)).to_have_text("État des flux")
    page.get_by_role("button", name="Lire maintenant Le Journal").click()
    expect(page.locator(".notice")).to_contain_text("Marsad lira ce flux")
    page.get_by_text("En chiffres, jour par jour").click()
    expect(page.get_by_role("columnheader", name="Échecs")).to_be_visible()
    expect(page.get_by_role("img")).to_have_attribute(
        "aria-label", "30 derniers jours\u00a0: 600 nouveaux articles, 1201 lectures, 30 échecs."
    )
    assert feed_row(sqlite_database, 1).next_poll_at < NOW + timedelta(minutes=30)
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
    page.context.close()


@pytest.mark.parametrize("locale", ["ar", "fr"])
def test_the_pages_fit_every_screen(site: str, browser: Browser, locale: str) -> None:
    page = signed_in(browser, site, locale)
    for path in ("/operate", "/operate/feeds/1", "/operate/feeds/2"):
        page.goto(site + path)
        check_structure(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert fits(page), (path, width)
    page.context.close()
