"""The latest stories, saved with their pictures, are read without a network; others are marked."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect

from aggregator.services.accounts import accounts
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import (
    JOURNAL,
    NOW,
    PASSWORD,
    article,
    open_page,
    publish,
    run_server,
    sign_in,
    wait_for,
    wait_until,
)

pytestmark = pytest.mark.browser

browser = browsing.browser
ENTRIES, SAVED = 34, 30
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
# On this machine, so that its pictures may be.
NEARBY = replace(
    JOURNAL,
    feeds=tuple(replace(f, url=f"http://127.0.0.1:9/{f.section}") for f in JOURNAL.feeds),
)
OFFLINE = "من دون اتصال"
UNSAVED = "غير محفوظ"
# As a phone's browser says what it is connected by.
CONNECTED_BY = "Object.defineProperty(navigator, 'connection', {{ value: {{ type: '{}' }} }})"
CACHES = """async () => {
    const found = {};
    for (const name of await caches.keys())
        found[name] = (await (await caches.open(name)).keys()).map(({ url }) => url);
    return found;
}"""


class Pictures:
    """A publisher's pictures on another origin, and who asked for them."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.referrers: list[str] = []
        # Pictures wait for this.
        self.go = threading.Event()
        self.go.set()

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Their address."""
        pictures = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pictures.go.wait(20)
                pictures.asked.append(self.path)
                pictures.referrers.append(self.headers.get("Referer", ""))
                self.send_response(200)
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(PIXEL)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                with suppress(OSError):  # a page was left
                    self.wfile.write(PIXEL)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        self.go.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def pictures() -> Pictures:
    return Pictures()


@pytest.fixture
def newsroom(sqlite_database: Database, pictures: Pictures) -> Iterator[Database]:
    """More articles than are saved, each with three pictures; a reader who follows their source."""
    load_sources(sqlite_database, [NEARBY], NOW)
    with pictures.serve() as address:
        publish(
            sqlite_database,
            "stories",
            *(
                article(
                    title(n),
                    f"<p>نص المقال رقم {n}: {invented_words(100 + n, 30)}</p>"
                    + "".join(
                        f"<p><img src='{address}/{n}-{part}.png?a=1&amp;b=2' alt='صورة'></p>"
                        for part in "abc"
                    ),
                    minutes=n,
                )
                for n in range(1, ENTRIES + 1)
            ),
        )
        with sqlite_database.write() as session:
            accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "reader", NOW)
        yield sqlite_database


@pytest.fixture
def site(newsroom: Database) -> Iterator[str]:
    with run_server(newsroom) as address:
        yield address


@pytest.fixture
def driss(site: str, browser: Browser) -> Iterator[Page]:
    """A visitor on the front page; the worker is at work."""
    page = open_page(browser)
    page.goto(site)
    browsing.wait_for_service_worker(page)
    yield page
    page.context.close()


def title(number: int) -> str:
    return f"{number:02} {invented_words(number, 4)}"


def invented_words(seed: int, count: int) -> str:
    """Words that nothing else has, so that no two articles are taken for one story."""
    letters = Random(seed)
    return " ".join("".join(letters.choices("بتجحدرسصطعفقكلمن", k=6)) for _ in range(count))


def save(page: Page, site: str) -> None:
    """Save from the menu of the front page."""
    page.goto(site)
    press_save(page)


def press_save(page: Page) -> None:
    browsing.open_menu(page)
    page.get_by_role("link", name="حفظ آخر 30 خبرا").click()


def say(page: Page, text: str) -> None:
    expect(page.locator("[data-state]")).to_contain_text(text, timeout=30_000)


def link(page: Page, number: int) -> str:
    """The address of an article of the list."""
    found = page.locator("main .title a", has_text=title(number)).first
    return str(found.get_attribute("href"))


def saved_pages(page: Page, cache: str = "marsad-saved") -> list[str]:
    found: dict[str, list[str]] = page.evaluate(CACHES)
    return [url for url in found.get(cache, []) if "/entries/" in url]


def test_visitors_read_the_latest_thirty_with_pictures_without_a_network(
    driss: Page, site: str, pictures: Pictures
) -> None:
    driss.goto(f"{site}/?view=entries")
    first, last = link(driss, 1), link(driss, ENTRIES)
    pictures.referrers.clear()
    save(driss, site)
    say(driss, f"حُفظ {SAVED} من {SAVED}، الصور: {SAVED * 2}")
    assert len(saved_pages(driss)) == SAVED
    assert set(pictures.referrers) == {""}, "publishers learn who saves"
    shelf = driss.locator(".shelf")
    expect(shelf.get_by_role("link", name=title(1), exact=True)).to_be_visible()

    driss.context.set_offline(True)
    pictures.asked.clear()
    driss.goto(site + first)
    expect(driss.locator(".prose")).to_contain_text("نص المقال رقم 1")
    widths = "[...document.querySelectorAll('main img')].slice(0, 2).map(one => one.naturalWidth)"
    wait_until(driss, f"document.querySelector('main img') && {widths}.every(Boolean)")
    expect(driss.locator("main img").nth(2)).to_be_hidden()
    assert pictures.asked == []

    driss.goto(f"{site}/?view=entries")
    marked = driss.locator("main .title a", has=driss.locator(".unsaved"))
    expect(marked).to_have_count(ENTRIES - SAVED)
    unsaved = driss.get_by_role("link", name=f"{title(ENTRIES)} {UNSAVED}")
    expect(unsaved).to_have_attribute("href", last)
    unsaved.click()
    expect(driss.get_by_role("status").first).to_contain_text("ستُفتح عند عودة الاتصال")
    assert driss.url == f"{site}/?view=entries"
    driss.get_by_role("status").first.get_by_role("link").click()
    expect(driss.get_by_role("heading", name=OFFLINE)).to_be_visible()
    driss.goto(site)
    driss.get_by_role("link", name=title(2), exact=True).first.click()
    expect(driss.locator(".prose")).to_contain_text("نص المقال رقم 2")


@pytest.mark.parametrize("address", ["/offline", "/sources"])
def test_a_network_that_comes_back_does_not_undo_a_tap(
    driss: Page, site: str, address: str
) -> None:
    """Whether the list of copies was opened, or stands for a page that could not be loaded."""
    save(driss, site)
    say(driss, f"حُفظ {SAVED} من {SAVED}، الصور: {SAVED * 2}")
    driss.context.set_offline(True)
    driss.goto(site + address)
    expect(driss.get_by_role("link", name=title(1), exact=True)).to_be_visible()
    tap = "document.querySelectorAll('.shelf a')[1].click()"
    driss.evaluate(f"() => {{ {tap}; dispatchEvent(new Event('online')) }}")
    expect(driss.locator(".prose")).to_be_visible()


def test_a_list_that_is_open_when_the_network_goes_is_marked_too(driss: Page, site: str) -> None:
    opened = link(driss, 3)
    driss.goto(site + opened)
    driss.goto(site)
    expect(driss.locator(".unsaved")).to_have_count(0)
    driss.context.set_offline(True)
    expect(driss.locator("main .title a .unsaved")).to_have_count(SAVED - 1)
    expect(driss.get_by_role("link", name=title(3), exact=True)).to_be_visible()
    driss.context.set_offline(False)
    expect(driss.locator(".unsaved")).to_have_count(0)


def test_saving_outlives_its_tab_and_what_is_old_goes(
    driss: Page, site: str, pictures: Pictures, newsroom: Database
) -> None:
    context = driss.context
    pictures.go.clear()  # the first picture keeps it waiting
    press_save(driss)
    say(driss, f"يُحفظ {SAVED} من {SAVED}، الصور: 0 من {SAVED * 2}")
    other = context.new_page()
    other.goto("about:blank")
    driss.close()
    pictures.go.set()
    other.goto(f"{site}/saved")
    say(other, f"حُفظ {SAVED} من {SAVED}")
    before = set(saved_pages(other))

    publish(
        newsroom,
        "late",
        *(article(title(n), f"<p>{invented_words(n, 30)}</p>", minutes=0) for n in range(50, 55)),
    )
    save(other, site)
    say(other, f"حُفظ {SAVED} من {SAVED}")
    wait_for(other, lambda: len(saved_pages(other)) == SAVED, "old ones are removed")
    assert len(set(saved_pages(other)) - before) == 5
    other.context.close()


def test_a_job_whose_worker_was_stopped_goes_on(driss: Page, site: str) -> None:
    save(driss, site)
    say(driss, f"حُفظ {SAVED} من {SAVED}")
    # As a worker leaves it that is stopped after the first ten.
    driss.evaluate(
        """async () => {
            const cache = await caches.open("marsad-saved");
            const job = await (await cache.match("/offline/job")).json();
            const cut = { ...job, state: "running", done: 10, pages: job.pages.slice(0, 11) };
            for (const page of job.pages.slice(11)) await cache.delete(page, { ignoreVary: true });
            await cache.put("/offline/job", new Response(JSON.stringify(cut)));
        }"""
    )
    assert len(saved_pages(driss)) == 10
    driss.goto(site)
    wait_for(driss, lambda: len(saved_pages(driss)) == SAVED, "all are saved")


def test_it_can_be_stopped(driss: Page, site: str, pictures: Pictures) -> None:
    pictures.go.clear()
    press_save(driss)
    driss.get_by_role("button", name="إيقاف الحفظ").click()
    pictures.go.set()
    say(driss, "توقف الحفظ بعد")
    asked = len(pictures.asked)
    driss.reload()
    say(driss, "توقف الحفظ بعد")
    assert len(pictures.asked) <= asked + 2


@pytest.mark.parametrize(
    ("quota", "message"),
    [(14_000_000, "تُركت بعض الصور لضيق مساحة التخزين"), (150_000, "امتلأت مساحة التخزين")],
)
def test_a_device_without_room_says_so(driss: Page, site: str, quota: int, message: str) -> None:
    devtools = driss.context.new_cdp_session(driss)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": site, "quotaSize": quota})
    save(driss, site)
    say(driss, message)


def test_what_a_reader_saved_goes_when_they_sign_out(driss: Page, site: str) -> None:
    sign_in(driss, site)
    driss.goto(f"{site}/sources/journal")
    driss.locator("main").get_by_role("button", name="متابعة").first.click()
    save(driss, site)
    say(driss, f"حُفظ {SAVED} من {SAVED}")
    assert len(saved_pages(driss, "marsad-saved-mine")) == SAVED
    browsing.open_menu(driss)
    driss.get_by_role("button", name="تسجيل الخروج").click()
    driss.wait_for_url(f"{site}/**")
    wait_for(driss, lambda: "marsad-saved-mine" not in driss.evaluate(CACHES), "they are gone")


@pytest.mark.parametrize(("connected_by", "saves"), [("wifi", True), ("cellular", False)])
def test_it_saves_by_itself_on_wifi_once_an_hour(
    site: str, browser: Browser, connected_by: str, saves: bool
) -> None:
    page = open_page(browser)
    page.add_init_script(CONNECTED_BY.format(connected_by))
    page.goto(f"{site}/saved")
    browsing.wait_for_service_worker(page)
    page.evaluate("localStorage['marsad-autosave'] = 'wifi'")
    page.reload()
    expect(page.get_by_role("button", name="عبر Wi-Fi")).to_have_attribute("aria-pressed", "true")
    if not saves:
        page.wait_for_timeout(500)
        assert saved_pages(page) == []
    else:
        say(page, f"حُفظ {SAVED} من {SAVED}")
        page.evaluate("caches.open('marsad-saved').then(one => one.delete('/'))")
        page.reload()
        page.wait_for_timeout(500)
        assert f"{site}/" not in page.evaluate(CACHES)["marsad-saved"]
    page.context.close()


def test_a_browser_that_does_not_know_wifi_offers_the_rest(driss: Page, site: str) -> None:
    driss.add_init_script("Object.defineProperty(navigator, 'connection', { value: undefined })")
    driss.goto(f"{site}/saved")
    expect(driss.locator("[data-unknown]")).to_be_visible()
    expect(driss.get_by_role("button", name="عبر Wi-Fi")).to_be_hidden()
    driss.get_by_role("button", name="كلما توفر اتصال").click()
    say(driss, f"حُفظ {SAVED} من {SAVED}")
    driss.get_by_role("button", name="حذف المحفوظ").click()
    say(driss, "لم تحفظوا شيئا بعد")
    assert saved_pages(driss) == []


def test_without_scripts_the_page_says_what_is_needed(site: str, browser: Browser) -> None:
    page = open_page(browser, java_script_enabled=False)
    page.goto(f"{site}/saved")
    expect(page.locator("[data-unable]")).to_be_visible()
    expect(page.locator("[data-saving]")).to_be_hidden()
    page.context.close()
