"""The page of an article in a real browser: how it is set, and that its look is remembered."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.storage.engine import Database
from tests.journeys import browsing
from tests.journeys.browsing import WIDE, article, fits, open_page, publish, sign_in

pytestmark = pytest.mark.browser

browser = browsing.browser
site = browsing.site
arabic = browsing.arabic
RICH = (
    "<p>" + "ظل الخط المغربي حاضرا في دواوين المدن وعلى جدران المدارس العتيقة قرونا طويلة. " * 9
    + "</p><p>قالت <q>نقرأ أكثر</q> في <em>فاس</em>.</p>"
    + "".join(f"<figure><img src='/{n}.svg' alt='لوحة'></figure>" for n in (1, 2))
    + WIDE
)  # fmt: skip
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="500"/>'


def style(page: Page, selector: str, name: str) -> str:
    found = page.locator(selector).first.evaluate(f"one => getComputedStyle(one).{name}")
    return str(found)


def choose(page: Page, label: str) -> None:
    browsing.open_menu(page)
    page.locator(".menu").get_by_role("button", name=label, exact=True).click()


def test_the_look_is_remembered(site: str, browser: Browser, arabic: Page) -> None:
    arabic.goto(f"{site}/entries/1")
    normal = style(arabic, ".prose", "fontSize")
    for label, theme, ground in (
        ("داكنة", "dark", "rgb(17, 21, 31)"),
        ("رملية", "sepia", "rgb(243, 234, 214)"),
    ):
        choose(arabic, label)
        expect(arabic.locator("html")).to_have_attribute("data-theme", theme)
        arabic.reload()
        assert style(arabic, "body", "backgroundColor") == ground
    choose(arabic, "كبير جدا")
    expect(arabic.locator("html")).to_have_attribute("data-size", "huge")
    for path in ("/", "/entries/2", "/sources"):
        arabic.goto(site + path)
        assert style(arabic, "body", "backgroundColor") == "rgb(243, 234, 214)"
        assert fits(arabic), path
    arabic.goto(f"{site}/entries/2")
    assert float(style(arabic, ".prose", "fontSize")[:-2]) > 1.3 * float(normal[:-2])

    sign_in(arabic, site)
    arabic.wait_for_url(f"{site}/")
    arabic.goto(f"{site}/entries/1")
    expect(arabic.locator("html")).to_have_attribute("data-theme", "sepia")
    choose(arabic, "كبير")
    expect(arabic.locator("html")).to_have_attribute("data-size", "large")
    elsewhere = open_page(browser, color_scheme="dark")
    elsewhere.goto(site)
    assert style(elsewhere, "body", "backgroundColor") == "rgb(17, 21, 31)"
    sign_in(elsewhere, site)
    expect(elsewhere.locator("html")).to_have_attribute("data-size", "large")
    assert style(elsewhere, "body", "backgroundColor") == "rgb(243, 234, 214)"
    elsewhere.context.close()


def test_an_article_is_set_for_reading(site: str, arabic: Page, sqlite_database: Database) -> None:
    publish(sqlite_database, "late", article("خط", RICH, minutes=0))
    arabic.route("https://journal.example/**", lambda route: route.fulfill(
        body=PICTURE, content_type="image/svg+xml"
    ))  # fmt: skip
    arabic.set_viewport_size({"width": 1280, "height": 900})
    arabic.goto(site)
    arabic.get_by_role("link", name="خط", exact=True).first.click()
    first = arabic.locator(".prose p").first
    lines = float(style(arabic, ".prose p", "height")[:-2]) / float(
        style(arabic, ".prose p", "lineHeight")[:-2]
    )
    assert 55 <= len(first.inner_text()) / lines <= 68
    assert style(arabic, ".prose p", "lineHeight") == "37.8px"
    assert style(arabic, ".prose p", "textAlign") == "start"
    assert style(arabic, ".prose em", "fontStyle") == "normal"
    assert style(arabic, ".prose q", "quotes").startswith('"«" "»"')
    gallery = arabic.get_by_role("group", name="معرض صور")
    one, two = (gallery.locator("img").nth(n).bounding_box() for n in (0, 1))
    assert one
    assert two
    assert one["y"] == two["y"]
    assert one["x"] > two["x"]  # from right to left
    for width in (1280, 390):
        arabic.set_viewport_size({"width": width, "height": 900})
        for name in ("جدول", "نص برمجي"):
            wide = arabic.get_by_role("region", name=name)
            wide.focus()
            expect(wide).to_be_focused()
            assert wide.evaluate("one => one.scrollWidth > one.clientWidth")
        assert fits(arabic)
    arabic.emulate_media(media="print", color_scheme="dark")
    expect(arabic.locator(".reading-bar")).to_be_hidden()
    assert style(arabic, "body", "backgroundColor") == "rgb(255, 255, 255)"


def test_a_long_headline_takes_less_room(
    site: str, arabic: Page, sqlite_database: Database
) -> None:
    titles = "افتتاح معرض الكتاب", "افتتاح معرض الكتاب في الرباط " * 5
    publish(
        sqlite_database,
        "late",
        *(article(title.strip(), WIDE, minutes=n) for n, title in enumerate(titles)),
    )
    sizes = []
    for title in titles:
        arabic.goto(f"{site}/?view=entries")
        arabic.get_by_role("link", name=title.strip(), exact=True).click()
        expect(arabic.locator("h1.title")).to_have_text(title.strip())
        sizes.append(float(style(arabic, "h1.title", "fontSize")[:-2]))
    assert sizes[1] < sizes[0]
