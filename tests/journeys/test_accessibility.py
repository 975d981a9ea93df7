"""No page shuts anybody out: axe-core (WCAG 2.2 A and AA) over all of them.

Which pages there are is found out, not listed: every address without a variable part, and one of
each kind that a link leads to. `make accessibility` does the same in every look of a running site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from accessibility import violations_of
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.exceptions import HTTPException

from aggregator.config import Settings
from aggregator.services.accounts import accounts
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import (
    JOURNAL,
    NOW,
    PASSWORD,
    WIDE,
    article,
    open_page,
    publish,
    run_server,
)
from web import create_app

pytestmark = pytest.mark.browser

browser = browsing.browser
PHONE, DESK = 390, 1280
Looks = Sequence[tuple[str, int]]
# Role, language, and themes and widths.
VISITS: tuple[tuple[str, str, Looks], ...] = (
    ("operator", "ar", (("light", PHONE), ("dark", PHONE))),
    ("operator", "fr", (("dark", DESK),)),
    ("reader", "en", (("sepia", PHONE),)),
    ("", "fr", (("light", PHONE),)),
)
TAG = "اقتصاد"
LINK = re.compile(r'href="(/[^"#]*)"')
LONG = "مقال طويل العنوان " * 12


@pytest.fixture
def newsroom(sqlite_database: Database) -> Database:
    """A few entries of every shape, a feed that fails, and a person of each role."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    publish(
        sqlite_database,
        "stories",
        article("Un titre français : 29 %", "<p>Texte <a href='/a'>lié</a>.</p>", minutes=3),
        article(browsing.MIXED, f"<img src='https://journal.example/a.png'>{WIDE}", minutes=4),
        article(LONG, "<p><audio src='https://journal.example/a.mp3'></audio>نص</p>", minutes=90),
        *(article(f"خبر {n}", "<blockquote><p>قول</p></blockquote>", minutes=n) for n in range(9)),
    )
    with sqlite_database.write() as session:
        for role in ("reader", "operator"):
            accounts.create(session, FAST_PASSWORDS, role, PASSWORD, role, NOW)  # type: ignore[arg-type]  # roles
    return sqlite_database


def test_no_page_shuts_anybody_out(newsroom: Database, browser: Browser) -> None:
    app = create_app(Settings(), newsroom, FAST_PASSWORDS)
    app.config["WTF_CSRF_ENABLED"] = False
    found: list[str] = []
    with run_server(newsroom) as site:
        for role, language, looks in VISITS:
            client = signed_in(app, role)
            with client_in_browser(browser, client, language, site) as page:
                for path in paths(app, client):
                    page.goto(site + path, wait_until="domcontentloaded")
                    for look, violations in violations_of(page, looks):
                        found += [f"{path} {role} {language} {look}: {each}" for each in violations]
    assert found == []


def signed_in(app: Flask, role: str) -> FlaskClient:
    """Somebody who follows, starred and tagged."""
    client = app.test_client()
    if role:
        assert client.post("/login", data={"name": role, "password": PASSWORD}).status_code == 303
        client.post("/sources/journal/follow", data={"on": 1})
        client.post("/entries/1/star", data={"on": 1})
        client.post("/entries/1/tags", data={"tags": TAG})
    return client


def paths(app: Flask, client: FlaskClient) -> list[str]:
    """One page of each kind that this person may see, found from page to page."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    waiting = [rule.rule for rule in rules if not rule.arguments]
    known: dict[str, str] = {}
    seen = set(waiting)
    while waiting:
        path = waiting.pop(0)
        endpoint = endpoint_of(app, path)
        if not endpoint or endpoint in known or endpoint == "session.delete":
            continue
        answer = client.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        known[endpoint] = path
        new = dict.fromkeys(LINK.findall(answer.text.replace("&amp;", "&")))
        waiting += [link for link in new if link not in seen and "?v=" not in link]
        seen.update(new)
    return [*known.values(), "/nowhere"]


def endpoint_of(app: Flask, path: str) -> str:
    try:
        return str(app.url_map.bind("").match(path.partition("?")[0])[0])
    except HTTPException:
        return ""


@contextmanager
def client_in_browser(
    browser: Browser, client: FlaskClient, language: str, site: str
) -> Iterator[browsing.Page]:
    """A browser with the session of `client`, which keeps no pages."""
    page = open_page(browser, language, service_workers="block")
    page.route("https://**", lambda route: route.abort())
    session = client.get_cookie("marsad_session")
    if session:
        page.context.add_cookies([{"name": session.key, "value": session.value, "url": site}])
    yield page
    page.context.close()
