"""From nobody to somebody in a real browser: the first account, an invitation, and out again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.services.accounts import accounts, first_account
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import JOURNAL, NOW, PASSWORD, check_structure, fits, open_page, root

pytestmark = pytest.mark.browser

browser = browsing.browser
WIDTHS = (320, 390, 768, 1280)


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    """A site with one article, that takes invitations; nobody has an account yet."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    browsing.publish(sqlite_database, "stories", browsing.article("خبر", "<p>نص</p>", minutes=5))
    with browsing.run_server(sqlite_database, registration="invite") as address:
        yield address


def check_page(page: Page) -> None:
    check_structure(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert fits(page), width
    page.set_viewport_size(browsing.PHONE)


def test_the_first_account_in_french(
    site: str, browser: Browser, sqlite_database: Database
) -> None:
    page = open_page(browser, "fr")
    page.goto(site)
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "Marsad fonctionne, mais n’a encore aucun compte"
    )
    check_page(page)
    token = first_account.new_link(sqlite_database)
    page.goto(f"{site}/setup/{token}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Le premier compte")
    check_page(page)
    page.locator("[name=name]").fill("Chaïmae")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=repeat]").fill("autre chose")
    page.get_by_role("button", name="Créer le compte").click()
    expect(page.get_by_role("alert")).to_contain_text("Les deux mots de passe sont différents")
    assert page.locator("[name=repeat]").get_attribute("aria-invalid") == "true"
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=repeat]").fill(PASSWORD)
    page.get_by_role("button", name="Créer le compte").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Comptes")
    expect(page.get_by_role("status").first).to_contain_text("Bienvenue")
    check_page(page)
    page.goto(site)
    expect(page.get_by_text("aucun compte")).to_have_count(0)
    refused = "the server responded with a status of 400 (BAD REQUEST)"
    assert page.complaints == [f"Failed to load resource: {refused}"]  # type: ignore[attr-defined]  # set in `open_page`
    page.context.close()


def test_an_invitation_in_arabic(site: str, browser: Browser, sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "operator", datetime.now(UTC))
    operator = open_page(browser)
    browsing.sign_in(operator, site)
    operator.get_by_role("link", name="الإشراف").click()
    operator.get_by_role("link", name="الحسابات").click()
    operator.get_by_label("لمن هذه الدعوة؟").fill("ياسين من قسم الرياضة")
    operator.get_by_label("صلاحية الرابط").select_option(label="يوم واحد")
    operator.get_by_role("button", name="إنشاء رابط الدعوة").click()
    link = operator.locator("pre.secret").inner_text()
    path = link.partition("/invite/")[2]
    check_page(operator)

    page = open_page(browser)
    page.goto(f"{site}/invite/{path}")
    expect(page.get_by_text("دعاكم أمينة لإنشاء حساب هنا، بصفة قارئ.")).to_be_visible()
    check_page(page)
    page.locator("[name=name]").fill("ياسين")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=repeat]").fill(PASSWORD)
    page.get_by_role("button", name="إنشاء الحساب").click()
    expect(page.get_by_role("status").first).to_contain_text("أهلا بكم في مرصد")
    assert page.url == f"{root(page)}/mine"

    operator.reload()
    operator.goto(f"{site}/operate/people")
    expect(operator.get_by_text("استعملها ياسين")).to_be_visible()
    operator.get_by_text("إغلاق الحساب ياسين", exact=True).click()
    check_page(operator)
    operator.get_by_role("button", name="نعم، إغلاق الحساب ياسين").click()
    expect(operator.get_by_role("status").last).to_contain_text("أُغلق الحساب")
    page.goto(f"{site}/mine")
    expect(page.get_by_role("heading", level=1)).to_have_text("تسجيل الدخول")
    for one in (page, operator):
        assert one.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
        one.context.close()


def test_a_reader_takes_everything_along_and_leaves(
    site: str, browser: Browser, sqlite_database: Database
) -> None:
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "reader", datetime.now(UTC))
    page = open_page(browser, accept_downloads=True)
    browsing.sign_in(page, site)
    browsing.wait_for_service_worker(page)
    page.goto(f"{site}/entries/1")
    browsing.wait_until(page, "caches.has('marsad-mine')")
    page.goto(f"{site}/account")
    with page.expect_download() as download:
        page.get_by_role("link", name="كل شيء (JSON)").click()
    document = json.loads(download.value.path().read_text("utf-8"))
    assert document["account"]["name"] == "أمينة"
    assert download.value.suggested_filename.startswith("marsad-")

    page.get_by_text("أريد إغلاق حسابي").click()
    page.locator("form[action='/account/close'] [name=password]").fill(PASSWORD)
    page.get_by_role("button", name="إغلاق الحساب نهائيا").click()
    expect(page.get_by_role("status").first).to_contain_text("أُغلق حسابكم")
    browsing.wait_until(page, "caches.has('marsad-mine').then((kept) => !kept)")
    with sqlite_database.read() as session:
        assert accounts.list_users(session) == ()
    page.context.close()
