"""A reader at a site below a path of its host, behind a proxy that removes the path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from aggregator.services.accounts import accounts
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from aggregator.storage.models import Star
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import (
    JOURNAL,
    NOW,
    PASSWORD,
    article,
    open_page,
    publish,
    run_server,
    sign_in,
)
from tests.journeys.stripping_proxy import StrippingProxy, stripping_proxy

pytestmark = pytest.mark.browser

browser = browsing.browser
ROOT = "/news"
OPENED, STARRED = "قطار الشرق يصل وجدة", "أمطار على تارودانت"


@pytest.fixture
def proxy(sqlite_database: Database) -> Iterator[StrippingProxy]:
    """A site with two entries and one reader, behind a proxy on this machine."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    told = (article(title, f"<p>نص: {title}</p>", minutes=9) for title in (OPENED, STARRED))
    publish(sqlite_database, "stories", *told)
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "reader", NOW)
    with stripping_proxy(ROOT) as running:
        settings = {"base_url": running.site, "trusted_proxies": ("127.0.0.1",)}
        with run_server(sqlite_database, **settings) as address:
            running.target = address
            yield running


def stars(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Star)) or 0


def test_a_reader_never_leaves_the_path(
    proxy: StrippingProxy, browser: Browser, sqlite_database: Database
) -> None:
    page, site = open_page(browser), proxy.site
    sign_in(page, site)
    page.wait_for_url(f"{site}/")
    browsing.wait_for_service_worker(page)
    (worker,) = page.context.service_workers
    assert worker.url == f"{site}/sw.js"

    # Scripts mark and star, and the star is stored for reading without a network.
    page.locator(".entries .title a", has_text=STARRED).first.focus()
    page.keyboard.press("s")
    browsing.wait_for(page, lambda: stars(sqlite_database) == 1, "the star is stored")
    page.get_by_role("link", name=OPENED, exact=True).first.click()
    page.wait_for_url(f"{site}/**/*")
    expect(page.locator(".prose")).to_contain_text(f"نص: {OPENED}")
    opened = page.url

    # Forms and links come back to where they were.
    page.goto(f"{site}/?view=entries")
    browsing.open_menu(page)
    page.get_by_role("link", name="Français").click()
    page.wait_for_url(f"{site}/?view=entries")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.goto(f"{site}/search?q=قطار")
    expect(page.get_by_role("link", name="قطار").first).to_be_visible()

    cookies = {cookie.get("path") for cookie in page.context.cookies(site)}
    assert cookies == {ROOT}

    # Without a network: what was opened can be read.
    page.context.set_offline(True)
    page.goto(opened)
    expect(page.locator(".prose")).to_contain_text(f"نص: {OPENED}")
    page.goto(f"{site}/offline")
    expect(page.locator(".shelf").get_by_role("link", name=OPENED)).to_be_visible()
    page.context.set_offline(False)

    page.goto(f"{site}/")
    browsing.open_menu(page)
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/mine")
    page.wait_for_url(f"{site}/login?next={ROOT}/mine")
    page.context.close()
    assert proxy.outside == []
