"""Hostile bodies and texts on real pages in Chromium, with the content policy and without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Route
from sqlalchemy import update

from aggregator.process.html.sanitize import EMBED_HOSTS, sanitize
from aggregator.services.accounts import accounts
from aggregator.services.desk import topics
from aggregator.services.desk.backfill import run_backfill
from aggregator.services.reading import following, tagging
from aggregator.services.search import saved
from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from aggregator.types import LocalizedText, TopicContent
from tests.builders import FAST_PASSWORDS, an_entry, make_feed, make_source, store_entries
from tests.journeys import browsing
from tests.journeys.browsing import NOW, PASSWORD, open_page, run_server, sign_in
from tests.process.html.hostile_bodies import BODIES, SCHEMES

pytestmark = pytest.mark.browser

browser = browsing.browser
BODIES_PER_ENTRY = 20
OFF_SITE = ("script", "stylesheet", "font", "xhr", "fetch", "websocket", "manifest", "eventsource")
SHORT = [text for text in BODIES if len(text) < 60]

# What runs code, or could at a click, as the browser understood the page.
ACTIVE = """hosts => {
    const parse = url => new URL(url, document.baseURI)
    const isActive = element => {
        const urls = ['href', 'src', 'action', 'formAction', 'data', 'poster', 'background']
            .map(name => element[name]?.baseVal ?? element[name])
            .filter(url => typeof url === 'string' && url !== '')
        const loads = element.matches('script, link[rel=stylesheet], form, base, object, embed')
        return [...element.attributes].some(each => /^on/i.test(each.name))
            || urls.some(url => !['http:', 'https:', 'mailto:'].includes(parse(url).protocol))
            || loads && urls.some(url => parse(url).origin !== location.origin)
            || element.matches('iframe') && !hosts.includes(parse(element.src).host)
            || element.matches('script:not([src]):not([type$="json"])')
            || element.matches('script[type$="json"]') && element.textContent.includes('<')
            || element.matches('style, meta[http-equiv]')
    }
    return [...document.querySelectorAll('*')].filter(isActive)
        .map(element => element.outerHTML.slice(0, 200))
}"""


@pytest.fixture
def hostile(sqlite_database: Database) -> Iterator[tuple[str, list[str]]]:
    """A site whose publishers, readers and editors wrote all of it; its pages."""
    texts = [*map(_storable, BODIES), *SCHEMES[:8]]
    with sqlite_database.write_exclusive() as session:
        reader = accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "operator", NOW)
        feed = make_feed(session, make_source(session, "journal", name="<script>alert(1)</script>"))
        session.execute(update(Feed).values(error_kind="html", error_detail=texts[0]))
        entries = [
            an_entry(
                text[:500] or "x", f"https://journal.example/{number}", guid=f"{number}",
                author=text[:200], summary=text[:400], categories=(text[:100],),
                content=content, image_url="https://journal.example/i.jpg\"onerror='alert(1)",
                published_at=NOW,
            )
            for number, (text, content) in enumerate(_with_bodies(texts))
        ]  # fmt: skip
        ids = store_entries(session, feed, *entries, now=NOW)
        following.follow(session, reader, "journal", NOW)
        for id_, text in zip(ids, SHORT, strict=False):
            tagging.add_tags(session, reader, id_, _storable(text).replace(",", ""), NOW)
        saved.save(session, reader, "alert OR script", SHORT[0], "ar", NOW)
        name = LocalizedText(ar=SHORT[1], fr=SHORT[2], en=SHORT[3])
        rule = "alert OR script"
        water = TopicContent("water", name, LocalizedText(ar=texts[4]), rule, "published")
        topics.create(session, reader, water, NOW)
        topics.add_note(session, reader, "water", texts[5], NOW)
    run_backfill(sqlite_database, NOW)
    pages = [f"/entries/{id_}" for id_ in ids[: len(BODIES) // BODIES_PER_ENTRY + 1]]
    pages += [
        "/?view=entries",
        "/",
        "/mine",
        "/tags",
        "/following",
        "/sources/journal",
        "/topics/water",
    ]
    pages += [
        "/desk",
        "/desk/topics/water",
        "/desk/topics/water/entries",
        "/operate/feeds/1",
        "/operate",
    ]
    pages += [f"/search?q={quote(text)}" for text in ("alert", *SHORT[:6])]
    pages += [f"/login?next={quote(text)}" for text in SCHEMES[:3]]
    with run_server(sqlite_database) as address:
        yield address, pages


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _with_bodies(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each text, with as many bodies as fit as its content, cleaned one by one."""
    cleaned = [_clean(body) for body in BODIES] + [
        _clean(f'<a href="{url}">رابط</a><img src="{url}"><iframe src="{url}"></iframe>')
        for url in SCHEMES
    ]
    for number, text in enumerate(texts):
        start = number * BODIES_PER_ENTRY
        yield text, "".join(cleaned[start : start + BODIES_PER_ENTRY])


def _clean(body: str) -> str:
    return sanitize(body, "https://journal.example/feed")


@pytest.mark.parametrize(
    "html",
    ["<img src=x onerror=alert(1)>", "<a href=' java&#9;script:alert(1)'>x</a>", "<style></style>",
     "<iframe src=https://evil.test/></iframe>", "<form action=//evil.test/></form>",
     "<svg><a href=javascript:alert(1)><text>x</text></a></svg>", "<script>1</script>"],
)  # fmt: skip
def test_the_check_sees_what_is_active(browser: Browser, html: str) -> None:
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(body="<main></main>", content_type="text/html"))
    page.goto("http://site.test/")
    assert page.evaluate(ACTIVE, list(EMBED_HOSTS)) == []
    page.evaluate("html => { document.querySelector('main').innerHTML = html }", html)
    assert page.evaluate(ACTIVE, list(EMBED_HOSTS)) != []
    page.close()


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["policy", "no policy"])
def test_nothing_that_anybody_writes_runs(
    browser: Browser, hostile: tuple[str, list[str]], bypass_csp: bool
) -> None:
    site, paths = hostile
    page = open_page(browser, bypass_csp=bypass_csp)
    found: list[str] = []
    page.on("dialog", lambda dialog: (found.append(f"{page.url}: dialog"), dialog.dismiss()))
    page.context.route("**/*", lambda route: _only(site, route, found))
    sign_in(page, site)
    for path in paths:
        page.goto(site + path)
        assert page.locator("main").count() == 1, path
        found += [f"{path}: {each}" for each in page.evaluate(ACTIVE, list(EMBED_HOSTS))]
    page.wait_for_timeout(100)  # for what runs a moment later
    assert found == []
    assert _broken_rules(page) == []
    page.context.close()


def _only(site: str, route: Route, found: list[str]) -> None:
    """Let nothing leave this machine, and note what should not even be asked for elsewhere."""
    request = route.request
    if request.url.startswith(site):
        route.continue_()
        return
    if request.resource_type in OFF_SITE:
        found.append(f"{request.resource_type} {request.url}")
    route.abort()


def _broken_rules(page: Page) -> list[str]:
    """What the policy had to stop: it is the second wall, the first must hold."""
    complaints: list[str] = page.complaints  # type: ignore[attr-defined]  # set in `open_page`
    return [each for each in complaints if "Content Security Policy" in each]
