"""Headers on every answer, forms that others cannot send, redirects that stay here."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web.request.security import safe_next


@pytest.mark.parametrize(
    "target", ["/", "/entries/1", "/tags/ماء?cursor=abc", "/?source=a&lang=fr", "/a//b", "/%5Cevil"]
)
def test_paths_of_this_site_are_followed(target: str) -> None:
    with Flask("web").test_request_context():
        assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "entries",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "\\/evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "\t//evil.test",
        " //evil.test",
        "\x00//evil.test",
        "/\x7f/evil.test",
        "///evil.test",
        "https://evil.test",
        "https:evil.test",
        "HTTPS://evil.test",
        "javascript:alert(1)",
        "/a\\..\\b",
        "/\u2028/evil.test",
        "/\ud800",
        "/" + "a" * 2001,
    ],
)
def test_every_other_way_leads_home(target: str | None) -> None:
    with Flask("web").test_request_context():
        assert safe_next(target) == "/"


PAGES = ["/", "/entries/1", "/sources", "/sources/hespress", "/login", "/nowhere", "/api/v1/feeds",
         "/healthz", "/static/favicon.svg", "/entries/99"]  # fmt: skip


@pytest.mark.parametrize("url", PAGES)
def test_headers_of_every_answer(driss: Browser, url: str) -> None:
    headers = driss.get(url).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_have_no_inline_script_or_style(amina: Browser) -> None:
    for url in ("/", "/entries/1", "/sources", "/tags", "/starred", "/account"):
        page = amina.get(url).text
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick=" not in page


def test_pages_depend_on_cookie_and_language(driss: Browser, amina: Browser) -> None:
    anonymous = driss.get("/").headers
    assert {"Cookie", "Accept-Language"} <= set(anonymous["Vary"].split(", "))
    assert "Set-Cookie" not in anonymous
    assert amina.get("/").headers["Cache-Control"] == "private, no-cache"


def test_static_files_that_name_their_content_are_kept(driss: Browser) -> None:
    forever = driss.get("/static/favicon.svg?v=abc").headers
    assert "immutable" in forever["Cache-Control"]
    assert "ETag" in forever
    plain = driss.get("/static/favicon.svg")
    assert "immutable" not in plain.headers.get("Cache-Control", "")
    again = driss.get("/static/favicon.svg", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "url",
    ["/login", "/logout", "/entries/1/tags", "/entries/1/tags/remove", "/entries/1/star",
     "/account/password", "/account/tokens", "/account/tokens/revoke", "/account/sessions/revoke",
     "/preferences"],
)  # fmt: skip
def test_no_form_works_without_its_token(amina: Browser, url: str) -> None:
    for token in ({}, {"csrf_token": "made up"}):
        assert amina.client.post(url, data=token).status_code == 400
    assert amina.get("/account").status_code == 200


def test_a_token_of_another_browser_is_refused(driss: Browser, amina: Browser) -> None:
    token = driss.form_token()
    assert amina.client.post("/logout", data={"csrf_token": token}).status_code == 400


def _over_https(app: Flask) -> Browser:
    browser = Browser(app)
    browser.client.environ_base["wsgi.url_scheme"] = "https"  # such cookies travel over https only
    return browser


def test_cookies_are_closed_to_scripts_and_to_other_sites(make_app: MakeApp) -> None:
    for base_url, https in (("http://news.example", False), ("https://news.example", True)):
        app = make_app(base_url=base_url)
        browser = _over_https(app) if https else Browser(app)
        answers = (
            browser.get("/login"),
            browser.sign_in("Amina"),
            browser.get("/language/fr"),
            browser.post("/preferences", theme="dark"),
        )
        cookies = [each for answer in answers for each in answer.headers.getlist("Set-Cookie")]
        names = {cookie.partition("=")[0].removeprefix("__Host-") for cookie in cookies}
        assert {"marsad_session", "marsad_form", "marsad_lang", "marsad_view"} <= names
        for cookie in cookies:
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert "Path=/" in cookie
            assert "Domain" not in cookie
            assert ("Secure" in cookie) == https == cookie.startswith("__Host-")


def test_cookies_of_old_names_go_and_only_harmless_ones_count(make_app: MakeApp) -> None:
    app = make_app(base_url="https://news.example")
    browser = _over_https(app)
    browser.sign_in("Amina")
    session = browser.cookie("__Host-marsad_session")
    assert session
    old = _over_https(app)
    for name, value in (
        ("marsad_session", session),
        ("marsad_form", "x"),
        ("marsad_lang", "fr"),
        ("marsad_view", "theme=dark"),
    ):
        old.client.set_cookie(name, value)
    page = old.get("/sources").text
    assert "Amina" not in page
    assert '<html lang="fr" dir="ltr" data-theme="dark"' in page
    for name in ("marsad_session", "marsad_form", "marsad_lang", "marsad_view"):
        assert old.cookie(name) is None
    assert old.cookie("__Host-marsad_lang") == "fr"
    assert old.cookie("__Host-marsad_view") == "theme=dark"
    assert '<html lang="fr" dir="ltr" data-theme="dark"' in old.get("/sources").text


def test_old_cookies_do_not_undo_a_choice(make_app: MakeApp) -> None:
    browser = _over_https(make_app(base_url="https://news.example"))
    browser.client.set_cookie("marsad_lang", "fr")
    browser.get("/language/en")
    assert browser.cookie("__Host-marsad_lang") == "en"


def test_a_form_cookie_of_another_session_opens_nothing(
    app: Flask, amina: Browser, brahim: Browser
) -> None:
    """A sibling host may replace the form cookie, with one that it was given here itself."""
    for attacker in (brahim, Browser(app)):
        token = attacker.form_token()
        tossed = attacker.cookie("marsad_form")
        assert tossed
        kept = amina.cookie("marsad_form")
        amina.client.set_cookie("marsad_form", tossed)
        answer = amina.client.post("/account/tokens", data={"csrf_token": token, "label": "x"})
        assert answer.status_code == 400
        amina.client.set_cookie("marsad_form", kept or "")
    assert amina.post("/account/tokens", label="x").status_code == 200


def test_a_form_cookie_does_not_outlive_signing_in_or_out(app: Flask) -> None:
    browser = Browser(app)
    as_visitor = browser.form_token(), browser.cookie("marsad_form")
    browser.sign_in("Amina")
    as_reader = browser.form_token(), browser.cookie("marsad_form")
    browser.client.set_cookie("marsad_form", as_visitor[1] or "")
    assert browser.client.post("/logout", data={"csrf_token": as_visitor[0]}).status_code == 400
    assert browser.post("/logout").status_code == 303
    browser.client.set_cookie("marsad_form", as_reader[1] or "")
    assert browser.client.post("/login", data={"csrf_token": as_reader[0]}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://LOCALHOST:443"}, True),
        ({"Origin": "https://news.example"}, True),
        ({"Origin": "https://other.news.example"}, False),
        ({"Origin": "http://localhost:8000"}, False),
        ({"Origin": "https://news.example.evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "http://[", "Host": "news.example"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://news.example"}, False),
    ],
)
def test_only_pages_of_this_site_change_anything(
    make_app: MakeApp, headers: dict[str, str], allowed: bool
) -> None:
    browser = Browser(make_app(base_url="https://news.example"))
    for path in ("/login", "/preferences"):
        data = {"csrf_token": browser.form_token()}
        answer = browser.client.post(path, data=data, headers=headers)
        assert (answer.status_code != 400) == allowed, path
    assert browser.get("/", headers=headers).status_code == 200


def test_every_route_that_changes_something_refuses_other_sites(amina: Browser) -> None:
    """Apps are not browsers: what they ask for is refused without a token, whatever the cookies."""
    for rule in amina.client.application.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            path = re.sub("<[^>]+>", "1", rule.rule)
            answer = amina.client.open(path, method=method, headers={"Origin": "https://evil.test"})
            refused = 401 if rule.endpoint.startswith("greader.") else 400
            assert answer.status_code == refused, rule


def test_a_forged_host_appears_nowhere(driss: Browser) -> None:
    for url in ("/", "/entries/1", "/nowhere", "/login?next=/"):
        answer = driss.get(url, headers={"Host": "evil.test"})
        assert "evil.test" not in answer.text
        assert "evil.test" not in str(answer.headers)


def test_a_request_that_is_too_large_is_refused(amina: Browser) -> None:
    answer = amina.post("/entries/1/tags", tags="x" * 300_000)
    assert answer.status_code == 413


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_that_is_not_configured_is_named_once(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture, header: str
) -> None:
    for trusted, warnings in ((("127.0.0.1",), 0), ((), 1)):
        caplog.clear()
        client = make_app(trusted_proxies=trusted).test_client()
        for _ in range(2):
            client.get("/healthz")
            client.get("/healthz", headers={header: "192.0.2.7"})
        warning = "forwarded by 127.0.0.1, which web.trusted_proxies does not name"
        assert caplog.text.count(warning) == warnings


def test_browsers_stay_on_https(make_app: MakeApp) -> None:
    for base_url, https in (("http://news.example", False), ("https://news.example", True)):
        browser = Browser(make_app(base_url=base_url))
        for url in ("/", "/static/favicon.svg", "/nowhere", "/api/v1/feeds"):
            header = browser.get(url).headers.get("Strict-Transport-Security")
            assert header == ("max-age=31536000" if https else None)
