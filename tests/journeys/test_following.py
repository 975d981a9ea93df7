"""Following in a real browser: from a source's page, from a file, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.parse.opml import Outline, write_opml
from tests.journeys import browsing
from tests.journeys.browsing import PASSWORD, fits, open_page, press, sign_in

pytestmark = pytest.mark.browser

browser = browsing.browser
site = browsing.site
arabic = browsing.arabic
OPML = write_opml(
    "all",
    [
        Outline("Le Journal", "http://www.journal.example/feed/"),
        Outline("الفجر", "https://alfajr.example/feed", group="أخبار"),
    ],
)


def test_a_source_is_followed_from_its_page_and_read_by_keyboard(site: str, arabic: Page) -> None:
    sign_in(arabic, site)
    arabic.goto(f"{site}/mine")
    expect(arabic.get_by_role("button", name="متابعة الجريدة", exact=True)).to_be_visible()

    arabic.goto(f"{site}/following")
    none = arabic.get_by_text("لا تتابعون أي مصدر بعد.")
    expect(none).to_be_visible()
    follow = arabic.get_by_role("button", name="متابعة الجريدة", exact=True)
    unfollow = arabic.get_by_role("button", name="إلغاء المتابعة الجريدة", exact=True)
    follow.click()
    expect(none).to_have_count(0)
    unfollow.click()
    expect(follow).to_be_visible()

    arabic.goto(f"{site}/sources/journal")
    total = arabic.locator("[data-unread-total]")
    follow.click()
    expect(arabic.get_by_role("status")).to_contain_text("تتابعون الآن ⁨الجريدة⁩.")
    expect(total).not_to_be_empty()
    unread = int(total.inner_text())
    unfollow.click()
    expect(total).to_be_empty()
    arabic.get_by_role("status").get_by_role("button", name="تراجع").click()
    expect(unfollow).to_be_visible()
    expect(total).to_have_text(str(unread))
    assert fits(arabic)

    arabic.get_by_role("link", name="أخباري").click()
    expect(arabic).to_have_url(f"{site}/mine")
    press(arabic, "ت", "KeyJ")
    first = arabic.locator(".entries article").first
    expect(first).to_contain_class("selected")
    press(arabic, "ة", "KeyM")
    expect(first).to_contain_class("selected read")
    expect(total).to_have_text(str(unread - 1))
    press(arabic, "خ", "KeyO")
    expect(arabic.locator(".reading")).to_be_visible()
    press(arabic, "ع", "KeyU")
    expect(first).to_contain_class("selected")


def test_a_list_is_taken_over_and_managed_in_french_without_scripts(
    site: str, browser: Browser
) -> None:
    page = open_page(browser, "fr", java_script_enabled=False)
    page.goto(f"{site}/login?next=/following")
    page.locator("main [name=name]").fill("أمينة")
    page.locator("main [name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()
    file = {"name": "a.opml", "mimeType": "text/x-opml", "buffer": OPML.encode()}
    page.get_by_label("Fichier OPML").set_input_files(file)  # type: ignore[arg-type]  # as documented
    page.get_by_role("button", name="Importer").click()
    report = page.get_by_role("status").filter(has_text="importation")
    expect(report).to_contain_text("1 nouvelle source : Le Journal")
    expect(report).to_contain_text("https://alfajr.example/feed")
    assert fits(page)

    page.get_by_role("button", name="Ne plus suivre Le Journal").click()
    expect(page.get_by_role("button", name="Suivre Le Journal", exact=True)).to_be_visible()
    page.get_by_role("status").get_by_role("button").click()
    expect(page.get_by_role("button", name="Ne plus suivre Le Journal")).to_be_visible()

    page.get_by_label("Mot ou expression").fill("الزائر")
    page.get_by_role("button", name="Masquer", exact=True).click()
    expect(page.get_by_role("button", name="Ne plus masquer الزائر")).to_be_visible()

    page.get_by_role("link", name="Mes actualités").click()
    page.get_by_role("link", name="Tous les articles").click()
    read = page.locator("article.read")
    before = read.count()  # what was older than a day when it was followed
    page.locator("[name=above]").nth(2).click()
    expect(read).to_have_count(before + 3)
    page.get_by_role("status").get_by_role("button").click()
    expect(read).to_have_count(before)
    page.context.close()


def test_a_search_is_followed_renamed_and_left(site: str, arabic: Page) -> None:
    sign_in(arabic, site)
    arabic.goto(f"{site}/search?q=title:خبر")
    arabic.get_by_text("حفظ هذا البحث").first.click()
    arabic.get_by_label("باسم").fill("كل الأخبار")
    arabic.get_by_role("main").get_by_role("button", name="حفظ هذا البحث").click()
    arabic.goto(f"{site}/mine")
    arabic.locator("aside summary").click()
    expect(arabic.get_by_role("link", name="كل الأخبار")).to_be_visible()

    arabic.goto(f"{site}/following")
    arabic.get_by_text("تغيير الاسم كل الأخبار").click()
    arabic.get_by_label("الاسم", exact=True).fill("أخبار اليوم")
    arabic.get_by_role("button", name="تغيير الاسم", exact=True).click()
    expect(arabic).to_have_url(f"{site}/following")
    followed = arabic.get_by_role("link", name="أخبار اليوم")
    expect(followed).to_be_visible()
    assert fits(arabic)

    arabic.get_by_role("button", name="إلغاء المتابعة أخبار اليوم").click()
    expect(arabic).to_have_url(f"{site}/following")
    expect(followed).to_have_count(0)
