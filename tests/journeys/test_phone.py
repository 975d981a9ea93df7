"""A phone's screen: news before controls, text that grows alone, targets that fingers hit."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import update

from aggregator.config import Settings
from aggregator.services.desk import topics
from aggregator.services.ingest import index
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from aggregator.types import LocalizedText, TopicContent, User
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing, test_accessibility
from tests.journeys.browsing import NOW, PHONE, fits, open_menu, open_page, run_server
from tests.journeys.test_accessibility import client_in_browser, paths, signed_in
from web import create_app
from web.assets.fonts import load_fonts

pytestmark = pytest.mark.browser

browser = browsing.browser
site = browsing.site
newsroom = test_accessibility.newsroom

LANGUAGES = ("ar", "fr", "en")
SIZES = ("small", "normal", "large", "huge")
# CSS pixels from the top of an 844-pixel screen.
FIRST_HEADLINE = 180

# What can be pressed, with its size; a label stands for its box, a sentence for the links in it.
TARGETS = """() => {
  const pressed = "a[href], button, summary, select, textarea, input:not([type=hidden])";
  const inSentence = (one) => getComputedStyle(one).display === "inline"
    && [...one.parentNode.childNodes].some((node) => node.nodeType === 3 && node.data.trim()[1]);
  const found = [];
  for (const one of document.querySelectorAll(pressed)) {
    if (one.closest(".unseen, .skip, .prose, [tabindex='-1']:not(main), [inert]")) continue;
    if (!one.checkVisibility({ visibilityProperty: true }) || inSentence(one)) continue;
    const seen = one.matches("[type=radio], [type=checkbox]") ? one.closest("label") : one;
    const { width, height } = seen.getBoundingClientRect();
    const least = one.closest(".byline, .also, .told, .reprints, .facts") ? 24 : 44;
    if (Math.min(width, height) < least - .5)
      found.push(`${Math.round(width)} x ${Math.round(height)}: ${one.outerHTML.slice(0, 120)}`);
  }
  return found;
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_news_begins_near_the_top_at_any_size(site: str, browser: Browser, language: str) -> None:
    page = open_page(browser, language)
    for size in SIZES:
        page.request.post(f"{site}/preferences", form={"size": size})
        page.goto(site)
        top = page.locator("main article .title").first.bounding_box()
        assert top, size
        assert top["y"] <= FIRST_HEADLINE, (size, top)
        assert fits(page), size
    page.context.close()


def test_my_news_begins_near_the_top_whatever_one_follows(
    newsroom: Database, browser: Browser
) -> None:
    app = create_app(Settings(), newsroom, FAST_PASSWORDS)
    app.config["WTF_CSRF_ENABLED"] = False
    client = signed_in(app, "reader")
    for word in ("السدود", "التعليم", "الصحة", "barrages", "Tunis"):
        client.post("/search/saved", data={"q": word, "name": word})
    with (
        run_server(newsroom) as address,
        client_in_browser(browser, client, "ar", address) as page,
    ):
        page.goto(f"{address}/mine")
        expect(page.locator("#followed-searches ~ ul li")).to_have_count(5)
        top = page.locator("main article .title").first.bounding_box()
        assert top
        assert top["y"] <= FIRST_HEADLINE, top


def test_the_size_of_text_leaves_controls_alone(site: str, browser: Browser) -> None:
    page = open_page(browser)
    heights = {}
    for size in ("small", "huge"):
        page.request.post(f"{site}/preferences", form={"size": size})
        page.goto(site)
        open_menu(page)
        heights[size] = [
            font_size(page, ".filters a"),
            font_size(page, ".sections a"),
            font_size(page, ".menu button"),
            font_size(page, "main article .title"),
        ]
    assert heights["small"][:3] == heights["huge"][:3]
    assert heights["huge"][3] == pytest.approx(heights["small"][3] * 1.35 / 0.9, rel=0.01)
    page.context.close()


def font_size(page: Page, selector: str) -> float:
    return float(
        page.locator(selector).first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    )


@pytest.mark.parametrize("menu", [".share", ".feeds-out"])
def test_what_a_filter_opens_is_as_wide_as_the_page(site: str, browser: Browser, menu: str) -> None:
    page = open_page(browser)
    page.goto(f"{site}/search?q=تارودانت")
    page.locator(f".filters {menu} > summary").click()
    box = page.locator(f".filters {menu} > .box").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    assert fits(page)
    page.context.close()


def test_hidden_parts_take_no_space(site: str, browser: Browser) -> None:
    page = open_page(browser, java_script_enabled=False)
    for path in ("/offline", "/about", "/stories/3"):
        page.goto(site + path)
        hidden = page.locator("[hidden]")
        assert hidden.count()
        assert all(box is None for box in (each.bounding_box() for each in hidden.all())), path
    page.context.close()


@pytest.mark.parametrize("path", ["/", "/sources", "/search?q=x", "/login", "/nowhere", "/offline"])
def test_visitors_choose_how_every_page_looks_without_javascript(
    site: str, browser: Browser, path: str
) -> None:
    page = open_page(browser, "fr", java_script_enabled=False)
    page.goto(site + path)
    for button, name, value in (
        ("Sombre", "data-theme", "dark"),
        ("Très grande", "data-size", "huge"),
    ):
        open_menu(page)
        page.locator(".menu").get_by_role("button", name=button, exact=True).click()
        expect(page.locator("html")).to_have_attribute(name, value)
        assert page.url == site + path
    open_menu(page)
    page.locator(".menu").get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    assert page.url == site + path
    page.context.close()


def test_the_menu_closes_with_escape_and_outside_it(site: str, browser: Browser) -> None:
    page = open_page(browser, "en")
    page.goto(site)
    menu = page.locator(".menu")
    open_menu(page)
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    open_menu(page)
    page.mouse.click(10, 700)
    expect(menu).not_to_have_attribute("open", "")
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_opens_from_the_row_of_filters_lies_over_the_page(
    site: str, browser: Browser, language: str
) -> None:
    page = open_page(browser, language)
    page.goto(f"{site}/search?q=السدود")
    for opener in page.locator(".filters summary").all():
        row = page.locator(".filters").evaluate("row => row.scrollWidth")
        opener.click()
        box = opener.locator("~ .box").bounding_box()
        assert box
        assert box["x"] >= 0, opener.text_content()
        assert box["x"] + box["width"] <= PHONE["width"], opener.text_content()
        assert page.locator(".filters").evaluate("row => row.scrollWidth") == row
        page.keyboard.press("Escape")
    assert fits(page)
    page.context.close()


@pytest.mark.parametrize(("role", "language"), [("operator", "ar"), ("reader", "fr"), ("", "en")])
def test_fingers_hit_every_target(
    newsroom: Database, browser: Browser, role: str, language: str
) -> None:
    app = create_app(Settings(), newsroom, FAST_PASSWORDS)
    app.config["WTF_CSRF_ENABLED"] = False
    found: list[str] = []
    with run_server(newsroom) as address:
        client = signed_in(app, role)
        with client_in_browser(browser, client, language, address) as page:
            for path in paths(app, client):
                page.goto(address + path, wait_until="domcontentloaded")
                page.evaluate(
                    "for (const one of document.querySelectorAll('details')) one.open = true"
                )
                found += [f"{path}: {each}" for each in page.evaluate(TARGETS)]
    assert not found, "\n".join(found)


# Everything that moved without a press, as Chromium counts it (Cumulative Layout Shift).
WATCH_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_moves_when_the_faces_arrive(site: str, browser: Browser, language: str) -> None:
    assert load_fonts(), "the faces are not installed: make fonts"
    page = open_page(browser, language, service_workers="block")
    page.add_init_script(WATCH_SHIFTS)
    page.route("https://**", lambda route: route.abort())
    waiting: list[Route] = []
    page.route("**/fonts/*", lambda route: waiting.append(route))  # Playwright reads its signature
    for path in ("/", "/entries/3"):
        page.goto(site + path, wait_until="commit")
        page.locator("main .title").first.wait_for()
        page.wait_for_timeout(400)
        assert waiting, "no face was asked for"
        while waiting:
            waiting.pop().continue_()
            page.wait_for_timeout(100)
        page.evaluate("document.fonts.ready.then(() => true)")
        page.wait_for_timeout(200)
        assert (
            page.evaluate("document.fonts.check('16px \"Marsad Naskh\"', 'م')") or language != "ar"
        )
        assert page.evaluate("window.shifted") < 0.01, path
    page.context.close()


def test_fingers_hit_sections_topics_and_orders(newsroom: Database, browser: Browser) -> None:
    with newsroom.write_exclusive() as session:
        session.execute(update(Entry).values(section="sport"))
        content = TopicContent(
            "water", LocalizedText(ar="ماء"), LocalizedText(), "خبر", "published"
        )
        topics.create(session, User(9, "Badia", "editor"), content, NOW)
    index.index_backlog(newsroom, pause=lambda _: None)
    found: list[str] = []
    with run_server(newsroom) as address:
        page = open_page(browser)
        for path, wanted in (
            ("/", ".day-heading a"),
            ("/topics", ".topic-row h2 a"),
            ("/search?q=خبر", ".tabs button"),
        ):
            page.goto(address + path, wait_until="domcontentloaded")
            expect(page.locator(wanted).first).to_be_visible()
            found += [f"{path}: {each}" for each in page.evaluate(TARGETS)]
        page.context.close()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_text_twice_as_large_fits(site: str, browser: Browser, language: str) -> None:
    """As people set it in their browser, rather than on the site."""
    page = open_page(browser, language)
    devtools = page.context.new_cdp_session(page)
    for path in ("/", "/entries/3", "/search?q=x", "/sources", "/login"):
        page.goto(site + path)
        devtools.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
        expect(page.locator("html")).to_have_css("font-size", "32px")
        assert fits(page), path
    page.context.close()
