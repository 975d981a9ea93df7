"""In a real browser to a provider and back: a first sign-in, linking, signing out."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.config import PollingSettings, Settings, WebSettings
from aggregator.config.schema import OidcModel
from aggregator.services.accounts import accounts
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import JOURNAL, NOW, PASSWORD, check_structure, fits, open_page
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, LOOPBACK, OidcProvider, running_provider

pytestmark = pytest.mark.browser

browser = browsing.browser


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with running_provider() as running:
        running.asks = True
        yield running


@pytest.fixture
def site(sqlite_database: Database, provider: OidcProvider) -> Iterator[str]:
    load_sources(sqlite_database, [JOURNAL], NOW)
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "operator", NOW)
    with socket.create_server(("127.0.0.1", 0)) as free:  # the provider must know where to lead
        port = free.getsockname()[1]
    settings = Settings(
        web=WebSettings(base_url=f"http://127.0.0.1:{port}"),
        polling=PollingSettings(allow_networks=LOOPBACK),
        oidc=OidcModel.model_validate({
            "issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "create_accounts": True,
            "name": {"ar": "دار الصحافة", "fr": "Maison de la presse", "en": "Press House"},
        }),
    )  # fmt: skip
    with browsing.run_application(sqlite_database, settings, port) as address:
        yield address


def check_page(page: Page) -> None:
    check_structure(page)
    check_width(page)


def check_width(page: Page) -> None:
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert fits(page), width
    page.set_viewport_size(browsing.PHONE)


def test_signing_in_and_out_in_french(site: str, browser: Browser, provider: OidcProvider) -> None:
    page = open_page(browser, "fr")
    page.goto(f"{site}/login?next=/sources")
    check_page(page)
    page.get_by_role("link", name="Se connecter avec Maison de la presse").click()
    expect(page).to_have_title("Provider")
    page.locator("#yes").click()
    expect(page).to_have_url(f"{site}/sources")
    page.goto(f"{site}/account")
    expect(page.get_by_role("heading", name="Connexion par votre organisation")).to_be_visible()
    check_width(page)  # the names that password managers look for have no labels
    page.locator("form[action='/logout'] button").first.evaluate("button => button.form.submit()")
    expect(page).to_have_url(f"{site}/", timeout=browsing.WAIT_S * 1000)
    assert provider.requests[-1][0] == "/end"  # the page that goes on by itself led there
    assert provider.requests[-1][1]["post_logout_redirect_uri"] == f"{site}/"
    page.goto(f"{site}/account")
    expect(page).to_have_url(f"{site}/login?next=/account")


def test_linking_an_account_in_arabic(site: str, browser: Browser) -> None:
    page = open_page(browser)
    browsing.sign_in(page, site)
    page.goto(f"{site}/account")
    section = page.locator("section[aria-labelledby=identities]")
    section.get_by_label("كلمة المرور الحالية").fill(PASSWORD)
    section.get_by_role("button", name="الربط بواسطة دار الصحافة").click()
    expect(page).to_have_title("Provider", timeout=browsing.WAIT_S * 1000)  # by itself
    page.locator("#yes").click()
    expect(page.locator(".notice")).to_contain_text("رُبط حسابكم")
    expect(section.get_by_role("button", name="فك الربط")).to_be_visible()
    check_width(page)  # the names that password managers look for have no labels


def test_a_person_who_comes_back_too_late(site: str, browser: Browser) -> None:
    page = open_page(browser)
    page.goto(f"{site}/login/oidc/callback?state=old&code=old")
    expect(page.get_by_role("alert")).to_contain_text("لم يعد تسجيل الدخول هذا صالحا")
    check_page(page)
