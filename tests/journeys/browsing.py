"""A real Chromium at a real server, on a phone's screen, with the stories of the demo to read."""

from __future__ import annotations

import itertools
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from walk import CHROMIUM, CHROMIUM_ARGUMENTS
from werkzeug.serving import make_server

from aggregator.config import Settings, WebSettings
from aggregator.networks import is_private_url
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.services.accounts import accounts
from aggregator.services.ingest.prepare import prepare
from aggregator.services.ingest.read_feed import PollResult
from aggregator.services.ingest.store import store
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from aggregator.storage.feeds import leases
from aggregator.storage.models import Feed
from aggregator.types import FeedDocument, FeedSpec, LocalizedName, PreparedFeed, SourceSpec
from tests.builders import FAST_PASSWORDS
from web import create_app

STORIES = Path(__file__).parents[2] / "aggregator" / "demo" / "stories"
PHONE = {"width": 390, "height": 844}
PASSWORD = "قطار الشرق 1912"
MIXED = "PSG يفوز على الوداد"
WIDE = (
    "<p>نص</p><table><tr>" + "<td>كلمةطويلةجدالاتنكسر</td>" * 12 + "</tr></table>"
    "<pre><code>" + "x" * 300 + "</code></pre><p>https://example.org/" + "a" * 300 + "</p>"
)
CONTENT = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
WAIT_S = 15
JOURNAL = SourceSpec(
    slug="journal",
    name=LocalizedName("الجريدة", "Le Journal", "The Journal"),
    country="MA",
    language="ar",
    ownership="private",
    timezone="Africa/Casablanca",
    site="https://journal.example",
    feeds=(
        FeedSpec("https://journal.example/feed", "stories"),
        FeedSpec("https://journal.example/late", "late"),
    ),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.fail(
            "no Chromium: .ci/install-for-tests installs it, or name one in MARSAD_CHROMIUM"
        )
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    """The address of a running site with the stories of the demo in it, and one reader."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    publish(sqlite_database, "stories", *stories())
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "reader", NOW)
    with run_server(sqlite_database) as address:
        yield address


@contextmanager
def run_server(database: Database, **web: object) -> Iterator[str]:
    """The address at which a server answers out of `database`, with these `[web]` settings."""
    with run_application(database, Settings(web=WebSettings.model_validate(web))) as address:
        yield address


@contextmanager
def run_application(database: Database, settings: Settings, port: int = 0) -> Iterator[str]:
    """As `run_server`, with all settings."""
    app = create_app(settings, database, FAST_PASSWORDS)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def publish(database: Database, section: str, *articles: str) -> None:
    """Put articles (RSS items) into a feed of the journal and have it polled."""
    rss = f"<rss version='2.0' {CONTENT}><channel>{''.join(articles)}</channel></rss>"
    with database.write() as session:
        (feed,) = leases.claim(
            session, Feed.section == section, limit=1, lease="test", now=NOW, until=NOW + HOUR
        )
    document = _prepared(rss, feed.url, feed.timezone)
    store(database, [PollResult(feed, NOW, document=document)], PollPolicy(HOUR, HOUR))


@cache
def _prepared(rss: str, url: str, timezone: str) -> PreparedFeed:
    """Once for all tests that begin with the same articles."""
    internal = is_private_url(url)
    return prepare(
        FeedDocument(
            rss.encode(), "application/rss+xml", url, "ar", timezone, NOW, is_internal=internal
        )
    )


def stories() -> Iterator[str]:
    yield article("جدول أعرض من الشاشة", WIDE, minutes=2)
    yield article(MIXED, "<p>انتهت المباراة بفوز الفريق الزائر.</p>", minutes=3)
    for file in sorted(STORIES.glob("*.toml")):
        for told in tomllib.loads(file.read_text("utf-8"))["article"]:
            yield article(told["title"], told["body"], minutes=told["minutes_ago"] + 5)


def article(title: str, body: str, *, minutes: int) -> str:
    """An RSS item."""
    link = f"https://journal.example/{quote(title)}"
    date = format_datetime(NOW - timedelta(minutes=minutes))
    return (
        f"<item><title>{escape(title)}</title><link>{link}</link><pubDate>{date}</pubDate>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded></item>"
    )


def open_page(browser: Browser, locale: str = "ar-MA", **options: object) -> Page:
    context: BrowserContext = browser.new_context(locale=locale, viewport=PHONE, **options)  # type: ignore[arg-type]  # options of Playwright
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]  # for `no_complaints`
    page.on("console", lambda message: record_error(page, message.type, message.text))
    page.on("pageerror", lambda error: record_error(page, "error", str(error)))
    return page


def record_error(page: Page, kind: str, text: str) -> None:
    if kind == "error":
        page.complaints.append(text)  # type: ignore[attr-defined]  # set in `open_page`


@pytest.fixture
def arabic(browser: Browser) -> Iterator[Page]:
    """A phone whose reader speaks Arabic; nothing may break the content policy on the way."""
    page = open_page(browser)
    yield page
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
    page.context.close()


def open_menu(page: Page) -> None:
    """Open the account menu, where language and looks are chosen."""
    page.locator(".menu > summary").click()


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/login")
    page.get_by_label("الاسم").fill("أمينة")
    page.get_by_label("كلمة المرور").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()


def wait_until(page: Page, expression: str) -> None:
    """Wait until JavaScript says that something is so.

    `Page.wait_for_function` evaluates in the page, where the policy for scripts forbids it from
    the second try on.
    """
    wait_for(page, lambda: bool(page.evaluate(expression)), expression)


def wait_for(page: Page, fact: Callable[[], bool], name: str) -> None:
    """Wait, while the page goes on, until something is so."""
    deadline = time.monotonic() + WAIT_S
    while not fact():
        assert time.monotonic() < deadline, f"not so after {WAIT_S} s: {name}"
        page.wait_for_timeout(50)


def wait_for_service_worker(page: Page) -> None:
    """Have the page in the service worker's hands.

    One that is loaded while the worker starts stays out of them until it is loaded again.
    """
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    if not page.evaluate("navigator.serviceWorker.controller !== null"):
        page.reload()
    wait_until(page, "navigator.serviceWorker.controller !== null")


def press(page: Page, key: str, code: str, *, shift: bool = False) -> None:
    """A key as a layout gives it: what is printed on it, and where it is."""
    page.wait_for_load_state()  # its scripts have run then
    keyboard = page.context.new_cdp_session(page)
    event = {"key": key, "code": code, "modifiers": 8 if shift else 0}
    for kind in ("rawKeyDown", "keyUp"):
        keyboard.send("Input.dispatchKeyEvent", {"type": kind, **event})
    keyboard.detach()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def check_structure(page: Page) -> None:
    assert page.get_by_role("main").count() == 1
    assert page.get_by_role("banner").count() == 1
    assert page.get_by_role("contentinfo").count() == 1
    assert page.locator("h1").count() == 1
    levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(one => +one.tagName[1])")
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    unnamed = page.locator("input:not([type=hidden]), select, textarea").evaluate_all(
        "all => all.filter(one => !one.labels?.length && !one.ariaLabel).length"
    )
    assert unnamed == 0
    ids = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


def root(page: Page) -> str:
    """Where the site of this page begins."""
    return str(page.evaluate("location.origin"))
