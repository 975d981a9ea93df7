"""Reading by keyboard, by scrolling and by finger, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys import browsing
from tests.journeys.browsing import open_page, press, sign_in

pytestmark = pytest.mark.browser

browser = browsing.browser
site = browsing.site
# The list in order of time, where entries lead on to each other; the front page ranks stories.
BY_TIME = "/?view=entries"
DESK = {"width": 1280, "height": 800}
# The character of each key on an Arabic layout.
ARABIC = {"j": "ت", "k": "ن", "m": "ة", "s": "س", "g": "ل", "u": "ع", "v": "ر"}


@pytest.fixture
def amina(site: str, browser: Browser) -> Iterator[Page]:
    """A reader who is signed in and sees the list of everything in Arabic, at a desk."""
    page = open_page(browser)
    page.set_viewport_size(DESK)
    sign_in(page, site)
    page.goto(f"{site}/")
    yield page
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
    page.context.close()


def arabic_key(page: Page, letter: str) -> None:
    press(page, ARABIC[letter], f"Key{letter.upper()}")


def entry(page: Page, number: int) -> Locator:
    return page.locator(".entries article").nth(number)


def said(page: Page) -> Locator:
    return page.locator("#status .toast")


def test_an_arabic_layout_reads_marks_and_stars(amina: Page) -> None:
    amina.goto(browsing.root(amina) + BY_TIME)
    first, second = entry(amina, 0), entry(amina, 1)
    arabic_key(amina, "j")
    arabic_key(amina, "j")
    expect(second).to_have_class("entry selected")
    expect(second.locator(".title a")).to_be_focused()

    arabic_key(amina, "m")
    expect(second).to_have_class("entry selected read")
    expect(said(amina)).to_contain_text("مقال")
    said(amina).get_by_role("button", name="تراجع").click()
    expect(second).to_have_class("entry selected")

    arabic_key(amina, "s")
    expect(second.locator(".byline .star")).to_be_visible()
    arabic_key(amina, "k")
    expect(first.locator(".title a")).to_be_focused()

    amina.keyboard.press("Enter")
    expect(amina.locator(".reading")).to_be_visible()
    amina.keyboard.press("ArrowLeft")  # onward, from right to left
    expect(amina.locator("h1")).to_have_text(browsing.MIXED)
    expect(amina.locator(".star-form button")).to_have_class("quiet starring starred")
    arabic_key(amina, "s")
    expect(amina.get_by_role("button", name="إضافة إلى المفضلة")).to_be_visible()
    arabic_key(amina, "u")  # back over both entries to the list as it was
    expect(first).to_have_class("entry lead selected read")
    expect(second.locator(".byline .star")).to_have_count(0)
    expect(second).to_have_class("entry read")

    arabic_key(amina, "g")
    arabic_key(amina, "s")
    expect(amina).to_have_url(f"{browsing.root(amina)}/starred")


def test_azerty_goes_by_what_is_printed_on_the_key(amina: Page) -> None:
    press(amina, "j", "KeyJ")
    press(amina, "m", "Semicolon")
    expect(entry(amina, 0)).to_have_class("entry lead selected read")
    press(amina, ",", "KeyM")
    expect(entry(amina, 0)).to_have_class("entry lead selected read")
    press(amina, "Q", "KeyA", shift=True)
    expect(entry(amina, 1)).to_have_class("entry")
    press(amina, "A", "KeyQ", shift=True)
    expect(amina.locator(".entries article:not(.read)")).to_have_count(0)
    press(amina, "z", "KeyW")
    expect(entry(amina, 1)).to_have_class("entry")
    expect(entry(amina, 0)).to_have_class("entry lead selected read")


def test_shortcuts_are_told_and_can_be_switched_off(amina: Page) -> None:
    amina.goto(f"{browsing.root(amina)}/language/fr?next=/")
    press(amina, "?", "Comma", shift=True)
    dialog = amina.get_by_role("dialog", name="Raccourcis clavier")
    expect(dialog).to_contain_text("Article suivant")
    expect(dialog).to_contain_text("g m")
    dialog.get_by_label("Activer les raccourcis").uncheck()
    amina.keyboard.press("Escape")
    amina.reload()
    press(amina, "j", "KeyJ")
    expect(amina.locator(".selected")).to_have_count(0)
    amina.get_by_role("button", name="Raccourcis clavier").click()
    dialog.get_by_label("Activer les raccourcis").check()
    dialog.get_by_role("button", name="Fermer").click()
    amina.locator(".skip").focus()
    press(amina, "j", "KeyJ")
    expect(amina.locator(".selected")).to_have_count(1)

    amina.locator("summary").first.focus()
    amina.get_by_label("Pays").focus() if amina.get_by_label("Pays").count() else None
    amina.evaluate("document.body.append(document.createElement('textarea'))")
    amina.locator("textarea").focus()
    press(amina, "m", "KeyM")
    expect(amina.locator(".entries .read")).to_have_count(0)


def test_what_is_scrolled_past_is_read_and_can_be_taken_back(amina: Page) -> None:
    amina.evaluate(
        """async ([token]) => fetch("/preferences", { method: "POST",
        body: new URLSearchParams({ read_on_scroll: 1, csrf_token: token }) })""",
        [amina.locator("meta[name=csrf-token]").get_attribute("content")],
    )
    amina.reload()
    amina.mouse.wheel(0, 600)
    expect(said(amina)).to_contain_text("مقال")
    expect(entry(amina, 0)).to_have_class("entry lead read")
    amina.mouse.wheel(0, -600)
    said(amina).get_by_role("button").click()
    expect(amina.locator(".entries .read")).to_have_count(0)


def test_fingers_mark_star_and_turn_pages(site: str, browser: Browser) -> None:
    page = open_page(browser, has_touch=True, is_mobile=True)
    sign_in(page, site)
    page.goto(site + BY_TIME)
    second = entry(page, 1)
    swipe(page, second, -150)  # towards the end of an Arabic line
    expect(second).to_have_class("entry read")
    swipe(page, second, 150)
    expect(second.locator(".byline .star")).to_be_visible()

    # at once: no tap may be lost as the one that stops a fling
    second.get_by_role("button", name="إجراءات على هذا المقال").tap()
    second.get_by_role("button", name="تعليم هذا وكل ما فوقه كمقروء").tap()
    expect(entry(page, 0)).to_have_class("entry lead read")
    expect(entry(page, 2)).to_have_class("entry")
    assert browsing.fits(page)

    with page.expect_navigation():  # until its script has run
        entry(page, 0).locator(".title a").tap()
    swipe(page, page.locator(".reading .title"), 150)  # onward
    expect(page.locator("h1")).to_have_text(browsing.MIXED)
    page.context.close()


def swipe(page: Page, place: Locator, by: int) -> None:
    """A finger on `place` moves sideways by `by` pixels."""
    box = place.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2 - by / 2, box["y"] + box["height"] / 2
    screen = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for part in range(1, 7):
        touch("touchMove", {"x": x + by * part / 6, "y": y})
    touch("touchEnd")


# The position of the focus in the page's order, and whether it is visible.
FOCUSED = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const { top, bottom } = one.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    const shown = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    window.all ??= [...document.querySelectorAll("a[href], button, input, select, summary")]
        .filter((each) => each.tabIndex >= 0 && each.checkVisibility());
    return [all.indexOf(one), shown && bottom > 0 && top < innerHeight, one.outerHTML.slice(0, 99)];
}"""


def test_everything_is_reached_by_tab_in_the_order_of_the_page_and_seen(amina: Page) -> None:
    amina.evaluate(
        "document.querySelectorAll('.entries article:nth-of-type(n + 4)').forEach(e => e.remove())"
    )
    places: list[int] = []
    while True:
        amina.keyboard.press("Tab")
        focused = amina.evaluate(FOCUSED)
        if focused is None or focused[0] in places:
            break
        assert focused[1], focused
        places.append(focused[0])
    assert places == list(range(amina.evaluate("window.all.length")))


def test_qwerty_opens_pages_through_and_comes_back(amina: Page) -> None:
    def press(key: str) -> None:
        amina.wait_for_load_state()  # scripts come after what is seen
        amina.keyboard.press(key)

    first = browsing.root(amina)
    amina.goto(first + BY_TIME)
    press("j")
    press("o")
    expect(amina.locator(".reading")).to_be_visible()
    press("j")
    expect(amina.locator("h1")).to_have_text(browsing.MIXED)
    press("k")
    expect(amina.locator("h1")).not_to_have_text(browsing.MIXED)
    press("u")
    expect(amina).to_have_url(first + BY_TIME)
    press("g")
    press("o")
    expect(amina).to_have_url(f"{first}/sources")
