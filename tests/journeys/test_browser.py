"""Readers' journeys through a real browser against a real server, on a phone's screen."""

from __future__ import annotations

import gzip
import itertools
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from tests.journeys import browsing
from tests.journeys.browsing import (
    JOURNAL,
    MIXED,
    NOW,
    PASSWORD,
    article,
    check_structure,
    fits,
    open_menu,
    open_page,
    publish,
    run_server,
    sign_in,
)

pytestmark = pytest.mark.browser

browser = browsing.browser
site = browsing.site
arabic = browsing.arabic
PAGES = ("/", "/?source=journal", "/sources", "/sources/journal", "/login", "/nowhere")


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
    open_menu(arabic)
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
    open_menu(arabic)
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
    open_menu(arabic)
    arabic.get_by_role("button", name="تسجيل الخروج").click()
    open_menu(arabic)
    expect(arabic.get_by_role("link", name="تسجيل الدخول")).to_be_visible()


def test_everything_works_without_javascript(site: str, browser: Browser) -> None:
    page = open_page(browser, java_script_enabled=False)
    sign_in(page, site)
    page.get_by_role("link", name=MIXED, exact=True).click()
    page.get_by_label("وسوم جديدة").fill("رياضة")
    page.get_by_role("button", name="إضافة", exact=True).click()
    expect(page.get_by_role("link", name="رياضة", exact=True)).to_be_visible()
    page.context.close()


def test_a_wrong_password_is_said_beside_the_form(site: str, browser: Browser) -> None:
    page = open_page(browser)
    page.goto(f"{site}/login")
    page.get_by_label("الاسم").fill("أمينة")
    page.get_by_label("كلمة المرور").fill("شيء آخر تماما")
    page.get_by_role("button", name="دخول").click()
    expect(page.get_by_role("alert")).to_contain_text("الاسم أو كلمة المرور غير صحيحة")
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
    expect(arabic.locator(".fresh")).to_be_empty()
    titles = ("خبر عاجل من فاس", "خبر عاجل من وجدة")
    late = (article(title, f"<p>{title}</p>", minutes=0) for title in titles)
    publish(sqlite_database, "late", *late)
    arabic.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(arabic.locator(".fresh")).to_have_text("مقالان جديدان")
    arabic.get_by_role("link", name="مقالان جديدان").click()
    expect(arabic.get_by_role("heading", name="خبر عاجل من فاس")).to_be_visible()


def test_the_first_page_fills_itself(arabic: Page, sqlite_database: Database) -> None:
    load_sources(sqlite_database, [JOURNAL], NOW)
    with run_server(sqlite_database) as site:
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
    faces = [address for address in asked if "/fonts/" in address]
    assert len(asked) - len(faces) <= 4, asked
    assert len(faces) <= 3, faces


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_a_list_of_fifty_entries_stays_light(site: str, language: str) -> None:
    every = f"{site}/?view=entries"
    with urlopen(Request(every, headers={"Accept-Language": language})) as answer:
        page = answer.read()
    assert page.count(b"<article") == 50
    assert len(gzip.compress(page)) <= 25_000


def test_pages_are_understood_by_screen_readers(site: str, browser: Browser) -> None:
    page = open_page(browser)
    for path in PAGES:
        page.goto(site + path)
        check_structure(page)
    page.context.close()
