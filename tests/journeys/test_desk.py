"""An editor's journey through a real browser: a topic from its first word to a colleague's save."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.services.accounts import accounts
from aggregator.services.desk.backfill import run_backfill
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from aggregator.types import Role
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import JOURNAL, NOW, PASSWORD, check_structure, fits, open_page

pytestmark = pytest.mark.browser

browser = browsing.browser
PEOPLE: tuple[tuple[str, Role], ...] = (
    ("براهيم", "editor"), ("بديعة", "editor"), ("أمينة", "reader"),
)  # fmt: skip


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    """A site with three articles, two editors and a reader."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    titles = ("السدود تمتلئ بعد المطر", "مطر غزير بالريف", "افتتاح معرض الكتاب")
    browsing.publish(
        sqlite_database,
        "stories",
        *(browsing.article(title, "<p>نص الخبر</p>", minutes=5) for title in titles),
    )
    with sqlite_database.write() as session:
        for name, role in PEOPLE:
            accounts.create(session, FAST_PASSWORDS, name, PASSWORD, role, NOW)
    with browsing.run_server(sqlite_database) as address:
        yield address


def signed_in(browser: Browser, site: str, name: str, width: int = 1280) -> Page:
    page = open_page(browser)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/login")
    page.locator("main [name=name]").fill(name)
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(f"{site}/**")
    return page


def test_a_topic_is_made_followed_and_fought_over(
    browser: Browser, site: str, sqlite_database: Database
) -> None:
    brahim = signed_in(browser, site, "براهيم")
    brahim.goto(f"{site}/desk")
    brahim.get_by_role("link", name="موضوع جديد").click()
    rule = brahim.locator("#rule")
    preview = brahim.locator("#preview")
    rule.press_sequentially("سدود أو مطر")
    expect(preview).to_contain_text("مقالان")  # without a button, once the typing pauses
    expect(preview.locator("mark")).to_have_text(["السدود", "المطر", "مطر"])
    rule.press_sequentially(' "')
    expect(preview.get_by_role("alert")).to_contain_text("علامة الاقتباس")
    rule.press("Backspace")
    expect(preview).to_contain_text("مقالان")
    brahim.locator("[name=name_ar]").fill("الماء")
    brahim.locator("[name=slug]").fill("water")
    brahim.locator("[name=state][value=published]").check()
    brahim.get_by_role("button", name="إنشاء الموضوع").click()
    expect(brahim.locator("#status")).to_contain_text("حُفظ الموضوع")
    run_backfill(sqlite_database, NOW)

    amina = signed_in(browser, site, "أمينة", width=390)
    amina.goto(f"{site}/topics")
    amina.get_by_role("link", name="الماء").click()
    expect(amina.locator("article.entry")).to_have_count(2)
    why = amina.locator("details.why").first
    why.locator("summary").click()
    expect(why.locator("mark").first).to_be_visible()
    amina.get_by_role("button", name="متابعة").click()
    amina.goto(f"{site}/mine")
    amina.locator("aside summary").click()
    expect(amina.get_by_role("link", name="الماء")).to_be_visible()
    assert amina.goto(f"{site}/desk").status == 403  # type: ignore[union-attr]  # an answer came

    badia = signed_in(browser, site, "بديعة")
    badia.goto(f"{site}/desk/topics/water")
    brahim.reload()
    brahim.locator("#rule").fill("سدود أو أمطار")
    expect(preview).to_contain_text("مقال واحد يخرج")
    brahim.get_by_role("button", name="حفظ", exact=True).click()
    expect(brahim.locator("#status")).to_contain_text("حُفظ الموضوع")
    badia.locator("#rule").fill("سدود أو مطر أو ثلج")
    badia.get_by_role("button", name="حفظ", exact=True).click()
    expect(badia.get_by_role("alert")).to_contain_text("براهيم")
    expect(badia.locator(".diff del")).to_have_text(["أمطار"])
    expect(badia.locator("#rule")).to_have_value("سدود أو مطر أو ثلج")
    badia.get_by_role("button", name="حفظ نسختي").click()
    expect(badia.locator("#status")).to_contain_text("حُفظ الموضوع")
    badia.get_by_role("link", name="السجل").click()
    expect(badia.locator("tbody tr")).to_have_count(3)


def test_the_desk_fits(browser: Browser, site: str) -> None:
    page = signed_in(browser, site, "براهيم")
    page.goto(f"{site}/desk/topics/new")
    page.locator("#rule").fill("سدود")
    page.locator("[name=name_ar]").fill("الماء")
    page.locator("[name=slug]").fill("water")
    page.get_by_role("button", name="إنشاء الموضوع").click()
    for path in ("", "/topics/water", "/topics/water/entries", "/topics/water/history"):
        page.goto(f"{site}/desk{path}")
        check_structure(page)
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), (path, width)
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
