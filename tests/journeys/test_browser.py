"""Readers' journeys through a real browser against a real server, on a phone's screen."""

from __future__ import annotations

import gzip
import itertools
import os
import shutil
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from aggregator.config import Settings
from aggregator.process.schedule import Policy
from aggregator.services import accounts
from aggregator.services.passwords import Passwords
from aggregator.services.polling import Reading
from aggregator.services.preparation import prepare
from aggregator.services.sources import load_sources
from aggregator.services.storing import store
from aggregator.storage import leases
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from aggregator.types import FeedDocument, FeedSpec, LocalName, SourceSpec
from web import create_app

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CHROMIUM = os.environ.get("MARSAD_CHROMIUM") or shutil.which("chromium") or ""
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
STORIES = Path(__file__).parents[2] / "aggregator" / "demo" / "stories"
PHONE = {"width": 390, "height": 844}
PAGES = ("/", "/?source=journal", "/sources", "/sources/journal", "/login", "/nowhere")
PASSWORD = "قطار الشرق 1912"
MIXED = "PSG يفوز على الوداد"
WIDE = (
    "<p>نص</p><table><tr>" + "<td>كلمةطويلةجدالاتنكسر</td>" * 12 + "</tr></table>"
    "<pre><code>" + "x" * 300 + "</code></pre><p>https://example.org/" + "a" * 300 + "</p>"
)
CONTENT = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
JOURNAL = SourceSpec(
    slug="journal",
    name=LocalName("الجريدة", "Le Journal", "The Journal"),
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
        pytest.fail("no Chromium: .ci/install-browser installs it, or name one in MARSAD_CHROMIUM")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    """The address of a running site with the stories of the demo in it, and one reader."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    publish(sqlite_database, "stories", *stories())
    with sqlite_database.write() as session:
        accounts.create(session, Passwords(), "أمينة", PASSWORD, "reader", NOW)
    with served(sqlite_database) as address:
        yield address


@contextmanager
def served(database: Database) -> Iterator[str]:
    """The address at which a server answers out of `database`."""
    server = make_server("127.0.0.1", 0, create_app(Settings(), database), threaded=True)
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
    document = prepare(
        FeedDocument(rss.encode(), "application/rss+xml", feed.url, "ar", feed.timezone, NOW)
    )
    store(database, [Reading(feed, NOW, document=document)], Policy(HOUR, HOUR))


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


def page_of(browser: Browser, locale: str = "ar-MA", **options: object) -> Page:
    context: BrowserContext = browser.new_context(locale=locale, viewport=PHONE, **options)  # type: ignore[arg-type]  # options of Playwright
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]  # for `no_complaints`
    page.on("console", lambda message: complain(page, message.type, message.text))
    page.on("pageerror", lambda error: complain(page, "error", str(error)))
    return page


def complain(page: Page, kind: str, text: str) -> None:
    if kind == "error":
        page.complaints.append(text)  # type: ignore[attr-defined]  # set in `page_of`


@pytest.fixture
def arabic(browser: Browser) -> Iterator[Page]:
    """A phone whose reader speaks Arabic; nothing may break the content policy on the way."""
    page = page_of(browser)
    yield page
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `page_of`
    page.context.close()


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/login")
    page.get_by_label("الاسم").fill("أمينة")
    page.get_by_label("كلمة المرور").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_reading_in_arabic_from_right_to_left(site: str, arabic: Page) -> None:
    arabic.goto(site)
    expect(arabic.locator("html")).to_have_attribute("dir", "rtl")
    expect(arabic.get_by_role("heading", name="اليوم", exact=True)).to_be_visible()
    headline = arabic.get_by_role("heading", name=MIXED)
    expect(headline).to_have_attribute("dir", "rtl")
    assert headline.evaluate("element => getComputedStyle(element).direction") == "rtl"
    french = arabic.locator("h3[lang=fr]").first
    assert french.evaluate("element => getComputedStyle(element).direction") == "ltr"
    assert fits(arabic)

    headline.get_by_role("link").click()
    expect(arabic.get_by_role("heading", level=1)).to_have_text(MIXED)
    expect(arabic.locator(".prose")).to_have_attribute("dir", "rtl")
    expect(arabic.get_by_role("link", name="المقال كاملا في الجريدة")).to_have_attribute(
        "rel", "noopener noreferrer"
    )


def test_wide_tables_and_code_scroll_by_themselves(site: str, arabic: Page) -> None:
    arabic.goto(site)
    arabic.get_by_role("link", name="جدول أعرض من الشاشة", exact=True).click()
    expect(arabic.locator(".prose table")).to_be_visible()
    assert fits(arabic)


@pytest.mark.parametrize("locale", ["ar", "fr"])
def test_pages_fit_every_screen(site: str, browser: Browser, locale: str) -> None:
    page = browser.new_page(locale=locale)
    for path, width in itertools.product(PAGES, (320, 390, 768, 1280)):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(site + path)
        assert fits(page), (path, width)
    page.close()


def test_the_language_changes_and_the_page_stays(site: str, arabic: Page) -> None:
    arabic.goto(f"{site}/?lang=fr")
    arabic.get_by_role("link", name="Français").click()
    expect(arabic.locator("html")).to_have_attribute("lang", "fr")
    expect(arabic.locator("html")).to_have_attribute("dir", "ltr")
    assert arabic.url == f"{site}/?lang=fr"
    arabic.get_by_role("link", name="Sources").click()
    expect(arabic.get_by_role("heading", level=1)).to_have_text("Sources")
    assert fits(arabic)


def test_narrowing_the_list_keeps_the_other_filters(site: str, arabic: Page) -> None:
    arabic.goto(f"{site}/?country=MA")
    arabic.get_by_role("link", name="الفرنسية").click()
    assert arabic.url == f"{site}/?country=MA&lang=fr"
    expect(arabic.locator("h3[lang=ar]")).to_have_count(0)
    expect(arabic.locator("h3[lang=fr]").first).to_be_visible()


def test_signing_in_tagging_and_finding_again(site: str, arabic: Page) -> None:
    arabic.goto(site)
    arabic.get_by_role("link", name="تسجيل الدخول").click()
    arabic.get_by_label("الاسم").fill("أمينة")
    arabic.get_by_label("كلمة المرور").fill(PASSWORD)
    arabic.get_by_role("button", name="دخول").click()
    assert arabic.url == f"{site}/"

    arabic.get_by_role("link", name=MIXED, exact=True).click()
    arabic.get_by_label("وسوم جديدة").fill("كرة القدم، à relire")
    arabic.get_by_role("button", name="إضافة", exact=True).click()
    arabic.get_by_role("button", name="إضافة إلى المفضلة").click()
    expect(arabic.get_by_role("button", name="إزالة من المفضلة")).to_be_visible()

    arabic.get_by_role("link", name="وسومي").click()
    expect(arabic.get_by_text("مقال واحد")).to_have_count(2)
    arabic.get_by_role("link", name="كرة القدم").click()
    expect(arabic.get_by_role("heading", level=1)).to_have_text("كرة القدم")
    arabic.get_by_role("link", name=MIXED, exact=True).click()
    arabic.get_by_role("button", name="إزالة الوسم à relire").click()
    expect(arabic.get_by_role("link", name="à relire")).to_have_count(0)

    arabic.get_by_role("link", name="المفضلة", exact=True).click()
    expect(arabic.get_by_role("heading", name=MIXED)).to_be_visible()
    assert fits(arabic)
    arabic.get_by_role("button", name="خروج").click()
    expect(arabic.get_by_role("link", name="تسجيل الدخول")).to_be_visible()


def test_everything_works_without_javascript(site: str, browser: Browser) -> None:
    page = page_of(browser, java_script_enabled=False)
    sign_in(page, site)
    page.get_by_role("link", name=MIXED, exact=True).click()
    page.get_by_label("وسوم جديدة").fill("رياضة")
    page.get_by_role("button", name="إضافة", exact=True).click()
    expect(page.get_by_role("link", name="رياضة", exact=True)).to_be_visible()
    page.context.close()


def test_a_wrong_password_is_said_beside_the_form(site: str, browser: Browser) -> None:
    page = page_of(browser)
    page.goto(f"{site}/login")
    page.get_by_label("الاسم").fill("أمينة")
    page.get_by_label("كلمة المرور").fill("شيء آخر تماما")
    page.get_by_role("button", name="دخول").click()
    expect(page.get_by_role("alert")).to_contain_text("الاسم أو كلمة المرور غير صحيحين")
    expect(page.get_by_label("الاسم")).to_have_value("أمينة")
    page.context.close()


def test_suggestions_follow_the_last_comma(site: str, arabic: Page) -> None:
    sign_in(arabic, site)
    arabic.get_by_role("link", name=MIXED, exact=True).click()
    arabic.get_by_label("وسوم جديدة").fill("رياضة، سياسة")
    arabic.get_by_role("button", name="إضافة", exact=True).click()
    arabic.goto(site)
    arabic.get_by_role("link", name="جدول أعرض من الشاشة", exact=True).click()
    arabic.get_by_label("وسوم جديدة").fill("رياضة، ")
    values = arabic.locator("#known-tags option").evaluate_all("all => all.map(one => one.value)")
    assert values == ["رياضة، سياسة"]


def test_new_entries_are_announced_quietly(
    site: str, arabic: Page, sqlite_database: Database
) -> None:
    arabic.goto(site)
    expect(arabic.get_by_role("status")).to_be_empty()
    titles = ("خبر عاجل من فاس", "خبر عاجل من وجدة")
    late = (article(title, f"<p>{title}</p>", minutes=0) for title in titles)
    publish(sqlite_database, "late", *late)
    arabic.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(arabic.get_by_role("status")).to_have_text("خبران جديدان")
    arabic.get_by_role("link", name="خبران جديدان").click()
    expect(arabic.get_by_role("heading", name="خبر عاجل من فاس")).to_be_visible()


def test_the_first_page_fills_itself(arabic: Page, sqlite_database: Database) -> None:
    load_sources(sqlite_database, [JOURNAL], NOW)
    with served(sqlite_database) as site:
        arabic.goto(site)
        expect(arabic.get_by_role("heading", name="نجمع لكم الأخبار الآن")).to_be_visible()
        publish(sqlite_database, "late", article(MIXED, "<p>انتهت المباراة.</p>", minutes=0))
        arabic.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(arabic.get_by_role("heading", name=MIXED)).to_be_visible()


def test_the_keyboard_skips_to_the_content(site: str, arabic: Page) -> None:
    arabic.goto(site)
    arabic.keyboard.press("Tab")
    skip = arabic.get_by_role("link", name="الانتقال إلى المحتوى")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    arabic.keyboard.press("Enter")
    expect(arabic.get_by_role("main")).to_be_focused()


def test_a_first_view_takes_four_requests(site: str, arabic: Page) -> None:
    asked: list[str] = []
    arabic.on("request", lambda request: asked.append(request.url))
    arabic.goto(site, wait_until="networkidle")
    assert len(asked) <= 4, asked


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_list_of_fifty_entries_stays_light(site: str, language: str) -> None:
    with urlopen(Request(site, headers={"Accept-Language": language})) as answer:
        page = answer.read()
    assert page.count(b"<article") == 50
    assert len(gzip.compress(page)) <= 25_000


def test_pages_are_understood_by_screen_readers(site: str, browser: Browser) -> None:
    page = page_of(browser)
    for path in PAGES:
        page.goto(site + path)
        check_structure(page)
    page.context.close()


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
