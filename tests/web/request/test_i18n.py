"""Which language a request gets, and how a reader changes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.browser import Browser
from web.request import i18n
from web.request.cookies import LANGUAGE_COOKIE
from web.request.i18n import LANGUAGES

COUNTS = (0, 1, 2, 3, 11, 100, 103)


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("web")
    i18n.init_app(app)
    page = "{{ locale }} {{ direction }} {{ _('nav.sources') }}"
    app.add_url_rule("/", view_func=lambda: render_template_string(page))
    return app.test_client()


@pytest.mark.parametrize(
    ("browser", "page"),
    [
        ("", "ar rtl المصادر"),
        ("ar-MA,fr;q=0.5", "ar rtl المصادر"),
        ("fr-FR,fr;q=0.9,ar;q=0.8", "fr ltr Sources"),
        ("en-GB", "en ltr Sources"),
        ("es,de;q=0.7", "ar rtl المصادر"),
        ("es,fr;q=0.1", "fr ltr Sources"),
        ("ar;q=0,en-US", "en ltr Sources"),
        ("*", "ar rtl المصادر"),
    ],
)
def test_the_browser_decides_before_the_reader_has(
    client: FlaskClient, browser: str, page: str
) -> None:
    answer = client.get("/", headers={"Accept-Language": browser})
    assert answer.text == page
    assert answer.headers["Content-Language"] == page[:2]


def test_the_choice_is_kept_for_a_year_and_beats_the_browser(client: FlaskClient) -> None:
    answer = client.get("/language/fr?next=/sources%3Flang=ar")
    assert (answer.status_code, answer.location) == (303, "/sources?lang=ar")
    cookie = client.get_cookie(LANGUAGE_COOKIE)
    assert cookie is not None
    assert cookie.max_age == 365 * 24 * 3600
    assert cookie.http_only
    assert client.get("/", headers={"Accept-Language": "en"}).text.startswith("fr")


def test_a_forged_cookie_is_ignored(client: FlaskClient) -> None:
    client.set_cookie(LANGUAGE_COOKIE, "../../etc")
    assert client.get("/").text.startswith("ar")


def test_a_language_that_is_not_spoken_is_not_found(client: FlaskClient) -> None:
    assert client.get("/language/de").status_code == 404


@pytest.mark.parametrize("target", ["//evil.test/", "/\\evil.test", "https://evil.test", ""])
def test_the_way_back_stays_on_this_site(client: FlaskClient, target: str) -> None:
    assert client.get("/language/en", query_string={"next": target}).location == "/"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_catalogues_compile(language: str) -> None:
    catalogue = i18n.compile_catalogue(i18n.CATALOGUES, language)
    assert catalogue.gettext("nav.sources") != "nav.sources"


def test_arabic_has_six_forms_in_the_right_places() -> None:
    catalogue = i18n.compile_catalogue(i18n.CATALOGUES, "ar")
    forms = [catalogue.ngettext("sources.entries", "sources.entries", n) for n in COUNTS]
    assert [form.replace("%(num)s", str(n)) for n, form in zip(COUNTS, forms, strict=True)] == [
        "لا مقالات",
        "مقال واحد",
        "مقالان",
        "3 مقالات",
        "11 مقالا",
        "100 مقال",
        "103 مقالات",
    ]


def test_no_compiled_catalogue_is_kept() -> None:
    assert not list(Path(i18n.CATALOGUES).rglob("*.mo"))


# --- the language in the address ---


def language_of(answer: TestResponse) -> str:
    return str(answer.headers["Content-Language"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_names_its_language(driss: Browser, language: str) -> None:
    answer = driss.get(f"/?hl={language}", headers={"Accept-Language": "en;q=.9, fr"})
    assert language_of(answer) == language
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.parametrize("language", ["", "de", "AR", "fr-FR", "ar\0"])
def test_a_language_that_the_interface_lacks_is_ignored(driss: Browser, language: str) -> None:
    answer = driss.get("/", query_string={"hl": language}, headers={"Accept-Language": "fr"})
    assert (answer.status_code, language_of(answer)) == (200, "fr")
    assert driss.cookie("marsad_lang") is None


def test_a_visitor_stays_in_the_language_of_a_link_until_they_leave(driss: Browser) -> None:
    answer = driss.get("/?hl=fr", headers={"Accept-Language": "en"})
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if "marsad_lang" in each]
    assert "Max-Age" not in cookie
    assert "Expires" not in cookie
    assert language_of(driss.get("/sources", headers={"Accept-Language": "en"})) == "fr"


def test_a_link_does_not_change_what_a_reader_chose(driss: Browser) -> None:
    driss.get("/language/en")
    assert language_of(driss.get("/?hl=fr")) == "fr"
    assert language_of(driss.get("/")) == "en"


def test_choosing_a_language_drops_that_of_the_address(driss: Browser) -> None:
    answer = driss.get("/language/ar?next=/search%3Fq%3Da%26hl%3Dfr%26order%3Drelevance")
    assert answer.location == "/search?q=a&order=relevance"
    assert driss.get("/language/ar?next=/%3Fhl%3Dfr").location == "/"


def test_feeds_and_pictures_set_no_cookie(driss: Browser) -> None:
    for address in ("/front.atom?hl=fr", "/pictures/site.png?hl=fr", "/robots.txt?hl=fr"):
        answer = driss.get(address)
        assert answer.status_code == 200
        assert not answer.headers.getlist("Set-Cookie")
