"""Without a network: what was read can be read, what is marked is sent later, nothing outlives
the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import func, select

from aggregator.services.accounts import accounts
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from aggregator.storage.models import ReadException, Star
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import JOURNAL, NOW, PASSWORD, article, open_page, publish, run_server

pytestmark = pytest.mark.browser

browser = browsing.browser
OPENED, STARRED, OTHER = "قطار الشرق يصل وجدة", "أمطار على تارودانت", "معرض الكتاب بفاس"
LATER = "لا اتصال بالشبكة"
# Wait for a number of things in the queue, or for a page in a cache; give the cache's name.
UNTIL = """async ([wanted]) => {
    const queued = () => new Promise((done) => {
        const asked = indexedDB.open("marsad", 1);
        asked.onupgradeneeded = () => asked.transaction.abort();  // there is none
        asked.onerror = () => done(0);
        asked.onsuccess = ({ target: { result } }) => {
            const count = result.transaction("queue").objectStore("queue").count();
            count.onsuccess = () => { result.close(); done(count.result); };
        };
    });
    const kept = async () => {
        for (const name of await caches.keys())
            for (const { url } of await (await caches.open(name)).keys())
                if (new URL(url).pathname === wanted) return name;
        return "";
    };
    const look = typeof wanted === "number" ? async () => await queued() === wanted : kept;
    for (;;) {
        const found = await look();
        if (found) return found;
        await new Promise((done) => setTimeout(done, 50));
    }
}"""

# Patched in the page: requests that a service worker passes on can bypass a route.
LOSE_ONE_ANSWER = """() => {
    const real = window.fetch;
    window.fetch = async (url, options) => {
        const answer = await real(url, options);
        if (!String(url).endsWith("/star")) return answer;
        window.fetch = real;
        throw new TypeError("the answer was lost");
    };
}"""


@pytest.fixture
def newsroom(sqlite_database: Database) -> Database:
    """Three entries, and two readers who use the same browser."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    told = (OPENED, STARRED, OTHER)
    publish(
        sqlite_database,
        "stories",
        *(article(title, f"<p>نص: {title}</p>", minutes=n) for n, title in enumerate(told, 1)),
    )
    with sqlite_database.write() as session:
        for name in ("أمينة", "إبراهيم"):
            accounts.create(session, FAST_PASSWORDS, name, PASSWORD, "reader", NOW)
    return sqlite_database


@pytest.fixture
def site(newsroom: Database) -> Iterator[str]:
    with run_server(newsroom) as address:
        yield address


@pytest.fixture
def amina(site: str, browser: Browser) -> Iterator[Page]:
    """Amina on the list of everything; the worker keeps what she sees from here on."""
    page = open_page(browser)
    sign_in(page, site, "أمينة")
    browsing.wait_for_service_worker(page)
    yield page
    page.context.close()


def sign_in(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/login")
    page.get_by_label("الاسم").fill(name)
    page.get_by_label("كلمة المرور").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url(f"{site}/")


def entry(page: Page, title: str) -> str:
    """The address of an entry of the list."""
    link = page.locator(".entries").get_by_role("link", name=title, exact=True).first
    return str(link.get_attribute("href"))


def kept(page: Page, path: str) -> str:
    """In which cache a page is, once it is in one."""
    return str(page.evaluate(UNTIL, [path]))


def queued(page: Page, count: int) -> None:
    """Wait until so many things wait to be sent."""
    page.evaluate(UNTIL, [count])


def press(page: Page, title: str, key: str) -> None:
    page.locator(".entries .title a", has_text=title).first.focus()
    page.keyboard.press(key)


def stars(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Star)) or 0


def marks(database: Database) -> int:
    """How many entries were marked one by one."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(ReadException)) or 0


def test_it_can_be_installed(amina: Page) -> None:
    devtools = amina.context.new_cdp_session(amina)
    errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []


def test_lists_and_opened_and_starred_entries_are_read_without_a_network(
    amina: Page, site: str
) -> None:
    opened, starred, other = (entry(amina, title) for title in (OPENED, STARRED, OTHER))
    amina.goto(site + opened)
    assert kept(amina, opened) == "marsad-mine"
    amina.goto(site)
    press(amina, STARRED, "s")
    assert kept(amina, starred) == "marsad-starred"

    amina.context.set_offline(True)
    amina.goto(site)
    expect(amina.locator(".copy")).to_contain_text("نسخة محفوظة على الجهاز")
    expect(amina.locator("article.read", has_text=STARRED)).to_have_count(0)  # kept, not opened
    for path, title in ((opened, OPENED), (starred, STARRED)):
        amina.goto(site + path)
        expect(amina.locator(".prose")).to_contain_text(f"نص: {title}")
    amina.goto(f"{site}/offline")
    expect(amina.get_by_role("heading", name="القراءة من دون اتصال")).to_be_visible()
    amina.goto(site + other)
    expect(amina.get_by_role("heading", name="من دون اتصال", exact=True)).to_be_visible()
    shelf = amina.locator(".shelf")
    expect(shelf.get_by_role("link", name=OPENED)).to_have_attribute("href", opened)
    expect(shelf.get_by_role("link", name=STARRED)).to_have_attribute("href", starred)

    amina.context.set_offline(False)  # the page looks again by itself
    expect(amina.locator(".prose")).to_contain_text(f"نص: {OTHER}")


def test_what_is_marked_meanwhile_is_sent_once(amina: Page, site: str, newsroom: Database) -> None:
    amina.goto(site)
    context = amina.context
    context.set_offline(True)
    press(amina, OPENED, "m")
    expect(amina.locator("#status")).to_contain_text(LATER)
    press(amina, STARRED, "s")
    queued(amina, 2)
    amina.close()  # and comes back another time, still without a network
    back = context.new_page()
    back.goto(site)
    queued(back, 2)
    sent: list[str] = []
    context.on("request", lambda request: note(request, sent))
    second = context.new_page()
    second.goto(site)
    assert stars(newsroom) == 0

    context.set_offline(False)  # both pages hear of it, and one sends
    queued(back, 0)
    assert len(sent) == 2, sent
    assert stars(newsroom) == 1
    back.goto(site)
    expect(back.locator("article.read", has_text=OPENED)).to_be_visible()
    expect(back.locator("article", has_text=STARRED).locator(".star")).to_be_visible()


def test_an_answer_that_was_lost_does_no_harm(amina: Page, site: str, newsroom: Database) -> None:
    amina.goto(site)
    amina.evaluate(LOSE_ONE_ANSWER)
    press(amina, STARRED, "s")
    expect(amina.locator("#status")).to_contain_text(LATER)
    assert stars(newsroom) == 1
    press(amina, OPENED, "m")  # goes after what waits
    browsing.wait_for(amina, lambda: marks(newsroom) == 1, "the mark is stored")
    queued(amina, 0)
    assert stars(newsroom) == 1
    amina.reload()
    expect(amina.locator("article", has_text=STARRED).locator(".star")).to_be_visible()
    expect(amina.locator("article.read", has_text=OPENED)).to_be_visible()


def test_nothing_outlives_the_session(amina: Page, site: str, newsroom: Database) -> None:
    opened = entry(amina, OPENED)
    amina.goto(site + opened)
    kept(amina, opened)
    amina.goto(f"{site}/mine")
    kept(amina, "/mine")
    amina.goto(site)
    amina.context.set_offline(True)
    press(amina, STARRED, "s")
    expect(amina.locator("#status")).to_contain_text(LATER)
    browsing.open_menu(amina)
    amina.get_by_role("button", name="تسجيل الخروج").click()
    expect(amina.get_by_role("heading", name="من دون اتصال")).to_be_visible()
    amina.goto(f"{site}/mine")
    expect(amina.get_by_role("heading", name="من دون اتصال")).to_be_visible()
    assert amina.evaluate("caches.has('marsad-mine')") is False
    assert amina.evaluate("caches.has('marsad-starred')") is False
    queued(amina, 0)

    other = amina.context.new_page()
    amina.close()  # with a network it would look again by itself, in the middle of what follows
    other.context.clear_cookies()
    other.context.set_offline(False)
    sign_in(other, site, "إبراهيم")
    other.context.set_offline(True)
    for path in ("/mine", opened):
        other.goto(site + path)
        expect(other.get_by_role("heading", name="من دون اتصال")).to_be_visible()
        expect(other.locator("body")).not_to_contain_text("أمينة")


def note(request: Request, sent: list[str]) -> None:
    if request.method == "POST":
        sent.append(request.url)
