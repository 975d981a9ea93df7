"""Headers on every answer, forms that others cannot send, redirects that stay here."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web.request.security import safe_next


@pytest.mark.parametrize(
    "target", ["/", "/entries/1", "/tags/ماء?cursor=abc", "/?source=a&lang=fr", "/a//b", "/%5Cevil"]
)
def test_paths_of_this_site_are_followed(target: str) -> None:
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


def test_cookies_are_closed_to_scripts_and_to_other_sites(make_app: MakeApp) -> None:
    for base_url, secure in (("http://news.example", False), ("https://news.example", True)):
        browser = Browser(make_app(base_url=base_url))
        if secure:  # such cookies travel over https only
            browser.client.environ_base["wsgi.url_scheme"] = "https"
        answer = browser.sign_in("Amina")
        cookies = answer.headers.getlist("Set-Cookie")
        session = next(cookie for cookie in cookies if cookie.startswith("marsad_session="))
        assert "HttpOnly" in session
        assert "SameSite=Lax" in session
        assert ("Secure" in session) == secure


def test_a_forged_host_appears_nowhere(driss: Browser) -> None:
    for url in ("/", "/entries/1", "/nowhere", "/login?next=/"):
        answer = driss.get(url, headers={"Host": "evil.test"})
        assert "evil.test" not in answer.text
        assert "evil.test" not in str(answer.headers)


def test_a_request_that_is_too_large_is_refused(amina: Browser) -> None:
    answer = amina.post("/entries/1/tags", tags="x" * 300_000)
    assert answer.status_code == 413


def test_proxies_are_believed_only_where_they_are_configured(make_app: MakeApp) -> None:
    headers = {"X-Forwarded-For": "192.0.2.7"}
    for trusted, expected in ((0, "127.0.0.1"), (1, "192.0.2.7")):
        app: Flask = make_app(trusted_proxies=trusted)
        seen = []
        app.before_request(lambda seen=seen: _see(seen))
        app.test_client().get("/healthz", headers=headers)
        assert seen == [expected]


def _see(seen: list[str | None]) -> None:
    from flask import request

    seen.append(request.remote_addr)
