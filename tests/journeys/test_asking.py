"""From an address that a reader pastes to its articles, with a real poller and a real browser."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from accessibility import violations_of
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from aggregator import config
from aggregator.services.accounts import accounts
from aggregator.services.reading import source_requests
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Source, SourceLookupRow
from aggregator.storage.readers import source_lookups
from aggregator.types import User
from tests.builders import FAST_PASSWORDS, a_found_feed
from tests.journeys import browsing
from tests.journeys.browsing import NOW, PASSWORD, check_structure, fits, open_page
from tests.journeys.pollers import MarsadProcess, wait_until, write_config
from tests.publisher import Publisher, rss
from tests.web.browser import Browser
from web import create_app

browser = browsing.browser
PAGE = (
    b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/new">'
    b"</head><body>An article</body></html>"
)
FORM = {"name": "جريدة", "slug": "new", "language": "ar", "country": "MA", "section": "general"}


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as running:
        running.serve("/known", rss(1))
        running.serve("/new", rss(3))
        running.serve("/article", PAGE, Content_Type="text/html")
        yield running


@pytest.fixture
def people(database: Database) -> None:
    with database.write() as session:
        for name, role in (("Amina", "reader"), ("Chaimae", "operator")):
            accounts.create(session, FAST_PASSWORDS, name, PASSWORD, role, NOW)  # type: ignore[arg-type]  # roles


def articles(database: Database, slug: str) -> int:
    statement = (
        select(func.count())
        .select_from(Entry)
        .join(Source, Source.id == Entry.source_id)
        .where(Source.slug == slug)
    )
    with database.read() as session:
        return session.execute(statement).scalar_one()


@pytest.mark.slow
@pytest.mark.usefixtures("people")
def test_from_an_address_to_its_articles(
    database: Database, publisher: Publisher, tmp_path: Path, started: list[MarsadProcess]
) -> None:
    url = database.url.render_as_string(hide_password=False)
    path = write_config(tmp_path / "config.toml", url, [publisher.url("/known")])
    poller = MarsadProcess(path, "poll")
    started.append(poller)
    app = create_app(config.load(path, {}), database, FAST_PASSWORDS, path)
    amina, chaimae = Browser(app), Browser(app)
    amina.sign_in("Amina", PASSWORD)
    chaimae.sign_in("Chaimae", PASSWORD)

    where = amina.post("/following/ask", address=publisher.url("/article")).location
    wait_until(lambda: "Refresh" not in amina.get(where).headers)
    assert "خبر 1" in amina.get(where).text
    assert "/operate/requests/1" in chaimae.get("/operate").text
    answer = chaimae.post("/operate/requests/1/accept", **FORM)
    assert answer.location == "/operate/requests?done=accept"

    wait_until(lambda: articles(database, "new") == 3)  # nobody told the poller
    assert "بطلب منكم" in amina.get("/mine").text
    assert "خبر 1" in amina.get("/mine").text

    poller.send(signal.SIGHUP)
    wait_until(lambda: "sources reloaded: 2 sources, 2 feeds, 0 new" in poller.log_text())
    assert poller.terminate() < 10


@pytest.mark.slow
@pytest.mark.usefixtures("people")
def test_a_slow_publisher_holds_up_nobody(
    database: Database, publisher: Publisher, tmp_path: Path, started: list[MarsadProcess]
) -> None:
    url = database.url.render_as_string(hide_password=False)
    path = write_config(tmp_path / "config.toml", url, [publisher.url("/known")])
    app = create_app(config.load(path, {}), database, FAST_PASSWORDS, path)
    amina = Browser(app)
    amina.sign_in("Amina", PASSWORD)
    amina.post("/following/ask", address=publisher.url("/hostile/silent"))
    quick = amina.post("/following/ask", address=publisher.url("/new")).location
    started.append(MarsadProcess(path, "poll"))
    wait_until(lambda: "Refresh" not in amina.get(quick).headers)
    wait_until(lambda: articles(database, "known") == 1)
    assert started[0].terminate() < 10
    finished = select(SourceLookupRow.finished_at).order_by(SourceLookupRow.id)
    with database.read() as session:
        late, early = session.execute(finished).scalars()
    assert early
    assert late is None or late > early  # on a busy machine it was given up before the end


# --- in a browser ------------------------------------------------------------------------------


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    """A site with a request, and a look-up that leaves a choice."""
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "operator", NOW)
        reader = User(1, "أمينة", "operator")
        french = a_found_feed(
            "https://journal.example/feed", title="Le Journal <du soir>", language="fr"
        )
        source_requests.ask_for_feed(session, reader, french, french.url, 5, NOW)
        found = [a_found_feed(), a_found_feed("https://new.example/sport", title="PSG رياضة")]
        id_ = source_lookups.insert_lookup(
            session, reader.id, "https://new.example/", NOW, takes_first=False
        )
        source_lookups.finish(session, id_, "choice", NOW, found=found)
    with browsing.run_server(sqlite_database) as address:
        yield address


def signed_in(opened: Chromium, site: str, locale: str) -> Page:
    page = open_page(opened, locale)
    page.goto(f"{site}/login")
    page.locator("[name=name]").fill("أمينة")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()
    return page


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["ar", "fr"])
@pytest.mark.parametrize(
    "path", ["/following/ask", "/following/ask/1", "/operate/requests", "/operate/requests/1"]
)
def test_pages_fit_every_screen(browser: Chromium, site: str, path: str, locale: str) -> None:
    page = signed_in(browser, site, locale)
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{site}{path}")
        assert fits(page), width
    check_structure(page)
    looks = [("light", 390), ("dark", 1280)]
    assert [each for look in violations_of(page, looks) for each in look[1]] == []


@pytest.mark.browser
def test_a_reader_chooses_a_feed_and_withdraws_the_request(browser: Chromium, site: str) -> None:
    page = signed_in(browser, site, "fr")
    page.goto(f"{site}/following/ask/1")
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Demander cette source").click()
    expect(page.get_by_text("Votre demande est parvenue")).to_be_visible()
    page.get_by_role("button", name="Retirer la demande").click()
    expect(page.get_by_text("Votre demande est retirée")).to_be_visible()


@pytest.mark.browser
def test_a_page_waits_for_its_look_up_without_a_script(
    browser: Chromium, site: str, sqlite_database: Database
) -> None:
    page = signed_in(browser, site, "en")
    page.goto(f"{site}/following/ask")
    page.get_by_label("Address of a page or feed").fill("slow.example")
    page.get_by_role("button", name="Look for its feeds").click()
    expect(page.get_by_text("Marsad is looking for")).to_be_visible()
    with sqlite_database.write() as session:
        (lookup,) = source_lookups.claim(session, 1, NOW)
        source_lookups.finish(session, lookup.id, "failed", NOW, kind="no_feed")
    expect(page.get_by_text("This site offers no feed")).to_be_visible(timeout=15_000)
