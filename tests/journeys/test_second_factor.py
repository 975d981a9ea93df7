"""Passkeys and codes in a real browser, with Chromium's virtual authenticator."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from aggregator.config import Settings, WebSettings
from aggregator.services.accounts import accounts
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import JOURNAL, NOW, PASSWORD, check_structure, fits, open_page
from web import create_app

pytestmark = pytest.mark.browser

browser = browsing.browser
WIDTHS = (320, 390, 768, 1280)
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
    "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    """A site at a name, not an IP address: browsers allow no passkeys there."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "reader", NOW)
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    address = f"http://localhost:{server.server_port}"
    settings = Settings(web=WebSettings(base_url=address))
    server.app = create_app(settings, sqlite_database, FAST_PASSWORDS)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def plug_in(page: Page, **options: bool) -> tuple[Any, str]:
    """Give a page an authenticator; its id for the protocol."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    made = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | options})
    return protocol, made["authenticatorId"]


def type_password(page: Page, site: str) -> None:
    page.goto(f"{site}/login")
    page.locator("[name=name]").fill("أمينة")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form[action='/login'] button").click()


def confirm(page: Page, site: str) -> None:
    page.goto(f"{site}/account/second-factor")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form[action$='/confirm'] button").click()
    expect(page.locator("form[action$='/confirm'] [name=password]")).to_have_count(0)


def sign_out(page: Page, site: str) -> None:
    page.goto(f"{site}/account")
    browsing.open_menu(page)
    page.locator("form[action='/logout'] button").first.click()
    expect(page.locator("a.sign-in")).to_have_count(1)


def check_page(page: Page) -> None:
    check_structure(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert fits(page), width
    page.set_viewport_size(browsing.PHONE)


def test_a_passkey_in_arabic(site: str, browser: Browser) -> None:
    page = open_page(browser)
    protocol, device = plug_in(page)
    type_password(page, site)
    confirm(page, site)
    page.get_by_label("اسم مفتاح المرور").fill("هاتفي")
    page.get_by_role("button", name="إضافة مفتاح مرور").click()
    expect(page.get_by_role("status").first).to_contain_text("أُضيف مفتاح المرور")
    expect(page.locator("#passkeys ~ ul")).to_contain_text("هاتفي")
    check_page(page)
    (credential,) = protocol.send("WebAuthn.getCredentials", {"authenticatorId": device})[
        "credentials"
    ]
    assert credential["isResidentCredential"]
    assert credential["rpId"] == "localhost"
    page.get_by_label("اسم مفتاح المرور").last.fill("مرة أخرى")
    page.get_by_role("button", name="إضافة مفتاح مرور").click()
    expect(page.get_by_role("status").first).to_contain_text("لهذا الجهاز مفتاح مرور من قبل")

    sign_out(page, site)
    page.goto(f"{site}/login?next=/starred")  # the virtual authenticator takes the suggestion
    page.wait_for_url(f"{site}/starred")
    sign_out(page, site)
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    page.goto(f"{site}/login?next=/tags")
    page.get_by_role("button", name="الدخول بمفتاح مرور").click()
    page.wait_for_url(f"{site}/tags")
    (used,) = protocol.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert used["signCount"] > credential["signCount"]
    page.goto(f"{site}/account/second-factor")
    expect(page.locator("#passkeys ~ ul")).to_contain_text("آخر استعمال")
    assert page.complaints == []  # type: ignore[attr-defined]  # set in `open_page`
    page.context.close()


def test_a_device_that_does_not_verify_its_user(site: str, browser: Browser) -> None:
    page = open_page(browser, "en")
    protocol, device = plug_in(page)
    type_password(page, site)
    confirm(page, site)
    page.get_by_label("Name of the passkey").fill("Phone")
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("The passkey was added")
    sign_out(page, site)
    protocol.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto(f"{site}/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("status").first).to_contain_text("No passkey was used")
    expect(page.locator("a.sign-in")).to_have_count(1)
    page.context.close()


def test_an_app_in_french_without_javascript(site: str, browser: Browser) -> None:
    page = open_page(browser, "fr", java_script_enabled=False)
    type_password(page, site)
    confirm(page, site)
    page.get_by_label("Nom de la clé d’accès").fill("Téléphone")
    page.get_by_role("button", name="Ajouter une clé d’accès").click()
    expect(page.get_by_role("alert")).to_contain_text("Les clés d’accès ont besoin de JavaScript")
    page.get_by_role("button", name="Configurer une application").click()
    expect(page.get_by_role("img", name="Code QR pour l’application")).to_be_visible()
    secret = page.locator("pre.secret").inner_text().replace(" ", "")
    app = pyotp.TOTP(secret)
    page.get_by_label("Le code qu’affiche l’application").fill("000000")
    page.get_by_role("button", name="Activer l’application").click()
    expect(page.get_by_role("alert")).to_contain_text("Ce code est incorrect")
    page.get_by_label("Le code qu’affiche l’application").fill(app.now())
    page.get_by_role("button", name="Activer l’application").click()
    codes = page.locator("pre.secret").inner_text().split()
    assert len(codes) == 10
    assert all(re.fullmatch(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}", code) for code in codes)

    other = open_page(browser, "fr", java_script_enabled=False)
    type_password(other, site)
    expect(other.get_by_role("heading", level=1)).to_have_text("Double authentification")
    other.get_by_label("Code de vérification").fill(
        app.at(datetime.now(UTC) + timedelta(seconds=30))
    )
    other.get_by_role("button", name="Se connecter").first.click()
    expect(other.locator("body[data-signed-in]")).to_have_count(1)
    other.context.close()
    page.context.close()
