"""A site below a path of its host: no address in any answer leads out of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from tests.web.routes import ROUTES
from tests.web.world import RehearsedDatabase, World
from web.assets.scripts import BUNDLES
from web.request.i18n import LANGUAGES

ROOT = "/news"
SITE = "https://marsad.ma"
# Files that pages need and routes name only one of.
ASSETS = (
    *(f"/scripts/{kind}.{language}.js" for kind in BUNDLES for language in LANGUAGES),
    "/sw.js",
)
_ABSOLUTE = re.compile(rf"{re.escape(SITE)}(?!{ROOT}(?:[/?#\"'<\s]|$))\S{{0,60}}")
# The ends of addresses, to which scripts compare, lead nowhere.
_IN_SCRIPT = re.compile(
    r"""(?<!\$=)(?<!endsWith\()["'`](?=/[a-z]{2})(?!/news["'`/])[^"'`\s]{1,60}"""
)
_IN_SHEET = re.compile(r"url\(['\"]?(/[^)]*)\)")


def leads_out(address: str) -> bool:
    """Whether a browser would take it for a path outside of the site."""
    return bool(re.match(r"/(?!/)", address)) and not re.match(rf"{ROOT}(?:[/?#]|$)", address)


class Addresses(HTMLParser):
    """All attributes of a page that are paths."""

    def __init__(self) -> None:
        super().__init__()
        self.escaping: list[str] = []
        self.seen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            for part in (value or "").split(", ") if name == "srcset" else [value or ""]:
                self.seen += part.startswith(ROOT)
                if leads_out(part):
                    self.escaping.append(f"<{tag} {name}={part}>")


def strings(document: object) -> Iterator[str]:
    """All values of a JSON document that are text."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for value in document.values():
            yield from strings(value)
    elif isinstance(document, list):
        for value in document:
            yield from strings(value)


def escaping(answer: TestResponse) -> list[str]:
    """Everything in an answer that leads out of the site."""
    found = [f"Location: {v}" for v in answer.headers.getlist("Location") if leads_out(v)]
    cookies = answer.headers.getlist("Set-Cookie")
    found += [cookie for cookie in cookies if f"Path={ROOT};" not in f"{cookie};"]
    if not re.match(r"text/|application/", answer.mimetype):
        return found
    text = answer.get_data().decode("utf-8", "replace")
    found += _ABSOLUTE.findall(text + str(answer.headers))
    if answer.mimetype == "text/html":
        page = Addresses()
        page.feed(text)
        found += page.escaping
    elif answer.mimetype.endswith("json"):
        found += filter(leads_out, strings(json.loads(text)))
    elif answer.mimetype == "text/javascript":
        found += _IN_SCRIPT.findall(text)
    elif answer.mimetype == "text/css":
        found += filter(leads_out, _IN_SHEET.findall(text))
    elif answer.mimetype == "text/plain":
        found += [line for line in text.split() if leads_out(line)]
    return found


class WorldBelow(World):
    """The world below a path, and what leads out of it."""

    def __init__(self, database: RehearsedDatabase) -> None:
        self.escaping: list[str] = []
        super().__init__(database, ROOT)

    def observe(self, method: str, rule: str, answer: TestResponse) -> None:
        self.escaping += [f"{method} {rule}: {each}" for each in escaping(answer)]


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory, _migrated_file: Path) -> Iterator[WorldBelow]:
    path = tmp_path_factory.mktemp("below") / "marsad.db"
    shutil.copyfile(_migrated_file, path)
    with closing(RehearsedDatabase(f"sqlite:///{path}")) as database:
        yield WorldBelow(database)


@pytest.mark.slow
def test_no_route_leads_out(below: WorldBelow) -> None:
    below.escaping.clear()
    wrong = [
        (method, rule, status)
        for (method, rule), route in ROUTES.items()
        if (status := below.send(method, rule, route)) != (route.status or status)
        or (status >= 400 and not route.status)
    ]
    assert not wrong, "\n".join(map(str, wrong))
    assert not below.escaping, "\n".join(below.escaping)


@pytest.mark.slow
def test_no_page_as_it_is_first_seen_leads_out(below: WorldBelow) -> None:
    """Without parameters, for an operator, and for a visitor."""
    below.escaping.clear()
    for method, rule in ROUTES:
        if method == "GET":
            bare = replace(ROUTES[method, rule], query={})
            below.send(method, rule, bare)
            below.send(method, rule, bare, {"Cookie": ""})
    assert not below.escaping, "\n".join(below.escaping)


def test_scripts_and_previews_do_not_either(below: WorldBelow) -> None:
    for path in ASSETS:
        answer = below.client.get(ROOT + path)
        assert answer.status_code == 200
        assert escaping(answer) == [], path
    for path in ("/", "/stories/4", "/entries/1", "/topics/water"):
        page = below.client.get(ROOT + path)
        assert f'property="og:image" content="{SITE}{ROOT}/pictures/' in page.text, path
        assert f'property="og:url" content="{SITE}{ROOT}{path}?hl=' in page.text, path


def test_the_scanner_sees_what_leads_out(below: WorldBelow) -> None:
    """The same pages at the root of a host are full of it."""
    page = Addresses()
    page.feed(below.client.get(f"{ROOT}/").text)
    assert page.seen > 40
    outside = Addresses()
    outside.feed(below.client.get(f"{ROOT}/").text.replace(f'"{ROOT}/', '"/'))
    assert len(outside.escaping) == page.seen
    assert _IN_SCRIPT.findall('fetch("/entries/1"); a = `${root}/x`; b = "/news/x"')
    assert _ABSOLUTE.findall(f"{SITE}/entries/1 {SITE}/newsroom {SITE}")


@pytest.fixture
def amina(make_app: MakeApp) -> Browser:
    """A reader of a site below a path."""
    browser = Browser(make_app(base_url=SITE + ROOT), ROOT)
    assert browser.sign_in("Amina").headers["Location"] == f"{ROOT}/"
    return browser


def test_a_proxy_may_remove_the_path_or_not(amina: Browser) -> None:
    as_it_is = amina.get("/sources")
    amina.client.delete_cookie("__Secure-marsad_session", path=ROOT)
    removed = amina.client.get("/sources", buffered=True)
    assert (as_it_is.status_code, removed.status_code) == (200, 200)
    assert f'href="{ROOT}/sources/hespress"' in as_it_is.text
    assert f'href="{ROOT}/sources/hespress"' in removed.text
    home = amina.client.get(f"{ROOT}?lang=ar")
    assert (home.status_code, home.headers["Location"]) == (308, f"{ROOT}/?lang=ar")
    assert amina.client.get(f"{ROOT}room/sources").status_code == 404


def test_a_page_with_the_name_of_the_path(make_app: MakeApp) -> None:
    """Only a proxy that we trust can say that it has removed the path."""
    told = {"X-Forwarded-Prefix": "/sources"}
    for trusted, status in (((), 404), (("127.0.0.1",), 200)):
        client = make_app(base_url=f"{SITE}/sources", trusted_proxies=trusted).test_client()
        assert client.get("/sources/sources/hespress").status_code == 200
        page = client.get("/sources/hespress", headers=told)
        assert page.status_code == status
        assert client.get("/sources/hespress").status_code == 404


@pytest.mark.parametrize("prefix", ["/evil", "//evil.test", "/news/..", ""])
def test_a_header_moves_no_link(make_app: MakeApp, prefix: str) -> None:
    client = make_app(base_url=SITE + ROOT, trusted_proxies=("127.0.0.1",)).test_client()
    headers = {"X-Forwarded-Prefix": prefix, "X-Forwarded-Host": "evil.test"}
    page = client.get("/", headers=headers)
    assert page.status_code == 200
    assert "evil" not in page.text
    assert not escaping(page)


def test_cookies_are_those_of_the_path(make_app: MakeApp) -> None:
    """The prefix for whole hosts is not allowed there, and needs no path at the root."""
    for base_url, prefix, path in (
        (f"http://h.example{ROOT}", "", ROOT),
        (f"https://h.example{ROOT}", "__Secure-", ROOT),
        ("https://h.example", "__Host-", "/"),
    ):
        browser = Browser(make_app(base_url=base_url), ROOT if path == ROOT else "")
        cookies = browser.sign_in("Amina").headers.getlist("Set-Cookie")
        names = {"marsad_session", "marsad_form", "marsad_device"}
        assert {each.partition("=")[0] for each in cookies} == {prefix + name for name in names}
        for cookie in cookies:
            assert f"Path={path};" in f"{cookie};"
            assert ("Secure" in cookie) == bool(prefix)


def test_signing_out_deletes_the_cookie_of_the_path(amina: Browser) -> None:
    answer = amina.post("/logout")
    assert answer.headers["Location"] == f"{ROOT}/"
    (deleted,) = [c for c in answer.headers.getlist("Set-Cookie") if "marsad_session=;" in c]
    assert f"Path={ROOT};" in f"{deleted};"
    assert amina.get("/mine").status_code == 303


def test_who_has_to_sign_in_comes_back(make_app: MakeApp) -> None:
    browser = Browser(make_app(base_url=SITE + ROOT), ROOT)
    asked = browser.get("/mine?view=entries")
    assert asked.headers["Location"] == f"{ROOT}/login?next={ROOT}/mine?view%3Dentries"
    signed_in = browser.sign_in("Amina", next=f"{ROOT}/mine?view=entries")
    assert signed_in.headers["Location"] == f"{ROOT}/mine?view=entries"


@pytest.mark.parametrize(
    "target",
    [
        "/", "/mine", "/newsroom", f"{ROOT}/../mine", f"{ROOT}/%2e%2e/mine", f"{ROOT}/a/..",
        "//evil.test", f"{ROOT}\\..\\mine", "https://evil.test",
    ],
)  # fmt: skip
def test_nobody_is_led_out_of_the_path(make_app: MakeApp, target: str) -> None:
    browser = Browser(make_app(base_url=SITE + ROOT), ROOT)
    assert browser.sign_in("Amina", next=target).headers["Location"] == f"{ROOT}/"
