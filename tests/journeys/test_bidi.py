"""Names, counts and times keep their order beside text of the other direction.

Sources carry names of the other direction, with numbers in them. On every kind of page, each text
is set once more by itself; the order in which the browser lays its characters out must be the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from sqlalchemy import update

from aggregator.config import Settings
from aggregator.services.desk import topics
from aggregator.storage.accounts.users import list_users
from aggregator.storage.engine import Database
from aggregator.storage.models import Source
from aggregator.types import Direction, LocalizedName, Preferences
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import open_page, run_server
from tests.journeys.test_accessibility import client_in_browser, paths
from tests.web.browser import PASSWORD
from tests.web.conftest import populate_newsroom
from tests.web.populate import populate
from tests.web.samples import ENTRY
from web import create_app
from web.presentation.fragments import list_appearance
from web.request.auth import now
from web.request.list_context import ALL_ENTRIES

pytestmark = pytest.mark.browser

browser = browsing.browser


@pytest.fixture
def app(sqlite_database: Database) -> Flask:
    return create_app(Settings(), sqlite_database, FAST_PASSWORDS)


# Interface -> a name of the other direction; in other languages all sources have it too.
NAMES = {"ar": "Le Matin 24 (TV)", "fr": "قناة 24 (بث)", "en": "قناة 24 (بث)"}
RULES = (
    'olive* OR "زيت الزيتون" NOT (2026 OR زيتون*)',
    'olives* OR "زيت الزيتون" NOT (2027 OR زيتون*)',
)

# Reports each text whose characters stand in another order than they do by themselves.
DISORDER = """() => {
  const order = (text) => {
    const range = document.createRange();
    const places = [];
    for (let at = 0; at < text.length; at++) {
      if (/\\s/.test(text.data[at])) continue;
      range.setStart(text, at);
      range.setEnd(text, at + 1);
      const [rect] = range.getClientRects();
      if (rect?.width) places.push([rect.top, rect.left, text.data[at]]);
    }
    const lines = new Set(places.map(([top]) => Math.round(top / 8)));
    if (lines.size !== 1) return null;
    return places.sort((one, other) => one[1] - other[1]).map(([, , letter]) => letter).join("");
  };
  const alone = (text) => {
    const copy = document.createElement("span");
    copy.dir = "auto";
    copy.style.position = "absolute";
    copy.style.whiteSpace = "nowrap";
    copy.textContent = text.data.trim();
    text.parentNode.insertBefore(copy, text);
    const found = order(copy.firstChild);
    copy.remove();
    return found;
  };
  const skipped =
    "script, style, textarea, option, .prose, .unseen, [lang][dir], pre, svg";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  const found = [];
  for (const text of texts) {
    if (!/\\p{L}/u.test(text.data) || text.parentElement.closest(skipped)) continue;
    if (!text.parentElement.checkVisibility()) continue;
    const [here, wanted] = [order(text), alone(text)];
    if (here !== null && wanted !== null && here !== wanted)
      found.push(`${text.parentElement.outerHTML.slice(0, 200)}: ${here}, by itself ${wanted}`);
  }
  return found;
}"""
# Reports names that share their bidi context with the text around them.
UNISOLATED = """(name) => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const parent = text.parentElement;
    if (!text.data.includes(name) || parent.closest("option, title, .prose")) continue;
    const style = getComputedStyle(parent);
    const own = text.data.trim() === name && (style.unicodeBidi !== "normal" || parent.dir);
    if (!own) found.push(parent.outerHTML.slice(0, 200));
  }
  return found;
}"""


def furnish(database: Database, name: str) -> None:
    """Everything that pages show, with names of the other direction, and a rule of both."""
    populate_newsroom(database)
    populate(database)
    with database.write() as session:
        session.execute(update(Source).values(name_ar=name, name_fr=name, name_en=name))
        (operator,) = (user for user in list_users(session) if user.role == "operator")
        for number, rule in enumerate(RULES):
            topic = topics.find(session, "water")
            content = replace(topic.content, rule=rule)
            later = now() + timedelta(seconds=number)
            topics.save(
                session, operator, topic, content, base=topic.revision, reason="", now=later
            )


@pytest.mark.parametrize("language", NAMES)
def test_every_page_keeps_names_counts_and_times_in_order(
    sqlite_database: Database, browser: Browser, language: str
) -> None:
    furnish(sqlite_database, NAMES[language])
    app = create_app(Settings(), sqlite_database, FAST_PASSWORDS)
    app.config["WTF_CSRF_ENABLED"] = False
    client: FlaskClient = app.test_client()
    assert client.post("/login", data={"name": "Chaimae", "password": PASSWORD}).status_code == 303
    found: list[str] = []
    with (
        run_server(sqlite_database) as site,
        client_in_browser(browser, client, language, site) as page,
    ):
        for path in [*paths(app, client), "/desk/topics/water/history?before=1&after=3"]:
            page.goto(site + path, wait_until="domcontentloaded")
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            found += [f"{path}: {each}" for each in page.evaluate(DISORDER)]
            found += [f"{path}: {each}" for each in page.evaluate(UNISOLATED, NAMES[language])]
    assert not found, "\n".join(found)


def test_the_check_sees_what_it_is_for(browser: Browser) -> None:
    page = open_page(browser, "en")
    page.set_content(
        "<main dir=rtl><p>15 minutes ago</p><p>olive*</p><p><bdi>15 minutes ago</bdi></p></main>"
    )
    wrong = page.evaluate(DISORDER)
    assert len(wrong) == 2
    assert "minutesago15" in wrong[0]
    assert "*olive" in wrong[1]
    page.context.close()


@pytest.mark.parametrize(
    ("language", "direction", "ago", "name"),
    [
        ("en", "rtl", "15 minutes ago", "قناة 24 (بث)"),
        ("fr", "rtl", "24 novembre à 14:05", "قناة 24 (بث)"),
        ("ar", "ltr", "24 نونبر، 14:05", "Le Matin 24 (TV)"),
    ],
)
def test_the_byline_of_a_lead_in_the_other_direction(
    app: Flask, browser: Browser, language: str, direction: Direction, ago: str, name: str
) -> None:
    """Its byline runs in the direction of the article, its time and count in that of the page."""
    copies = tuple(
        (n, ENTRY.source._replace(name=LocalizedName(name, name, name))) for n in range(5)
    )
    source = copies[0][1]
    entry = ENTRY._replace(direction=direction, source=source, also_in=copies, agency=name)
    with app.test_request_context("/", headers={"Accept-Language": language}):
        look = list_appearance(ALL_ENTRIES, Preferences(), signed_in=True).of_cards
        macros = app.jinja_env.get_template("macros/card.html").module
        html = str(macros.card(entry, look, True, 0, "", ago, ""))  # type: ignore[attr-defined]  # a macro
    page = open_page(browser, language)
    page.set_content(f"<main dir={'rtl' if language == 'ar' else 'ltr'}>{html}</main>")
    assert page.evaluate(DISORDER) == []
    assert page.evaluate(UNISOLATED, name) == []
    page.context.close()


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_terms_of_a_rule_are_isolated(
    sqlite_database: Database, browser: Browser, language: str
) -> None:
    """In history, and where two editors saved at once."""
    furnish(sqlite_database, "x")
    app = create_app(Settings(), sqlite_database, FAST_PASSWORDS)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    client.post("/login", data={"name": "Chaimae", "password": PASSWORD})
    late = {"slug": "water", "name_ar": "الماء", "rule": "almond*", "base": "1", "action": "save"}
    conflict = client.post("/desk/topics/water", data=late)
    assert conflict.status_code == 409
    with (
        run_server(sqlite_database) as site,
        client_in_browser(browser, client, language, site) as page,
    ):
        page.goto(f"{site}/desk/topics/water/history")
        assert terms(page) >= {"olive*", "olives*", "زيتون*", '"زيت الزيتون"'}
        assert page.evaluate(DISORDER) == []
        page.route(
            "**/conflict", lambda route: route.fulfill(body=conflict.text, content_type="text/html")
        )
        page.goto(f"{site}/conflict")
        assert terms(page) >= {"olives*", "almond*"}
        assert page.evaluate(DISORDER) == []


def terms(page: Page) -> set[str]:
    """The terms that are isolated on this page."""
    isolated = page.locator(".diff .term")
    assert {"plaintext"} == set(
        isolated.evaluate_all("all => all.map((one) => getComputedStyle(one).unicodeBidi)")
    )
    return set(isolated.all_inner_texts())
