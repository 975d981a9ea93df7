"""Tab goes through a page as the eye does: from block to block, and never to what is not seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from aggregator.services.accounts import accounts
from aggregator.services.operate.load_sources import load_sources
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from tests.journeys import browsing
from tests.journeys.browsing import (
    JOURNAL,
    NOW,
    PASSWORD,
    open_page,
    publish,
    run_server,
    sign_in,
    stories,
)

pytestmark = pytest.mark.browser

browser = browsing.browser


WIDTHS = (390, 1280)
LANGUAGES = ("ar", "fr")
OPEN = ("/", "/entries/3", "/stories/3", "/search?q=تارودانت", "/login", "/saved")
OWN = ("/mine", "/following", "/account")
# No page has more stops; a walk that takes more is caught somewhere.
MAX_STOPS = 500

# Name and trouble of what has the focus; null at the end of the page. `window.last` is the stop
# before. The two are compared as the parts of the page in which they stand, so that a column may be
# followed by the top of the next one. What is fixed to the screen stands nowhere on the page.
STOP = """() => {
  const one = document.activeElement;
  if (one === document.body || one === document.documentElement) return null;
  const last = window.last;
  window.last = one;
  const name = one.outerHTML.slice(0, 120);
  const troubles = [];
  const box = one.getBoundingClientRect();
  if (!one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
      || box.width < 2 || box.height < 2) troubles.push("hidden");
  if (one.closest("[aria-hidden=true], [inert]")) troubles.push("hidden from screen readers");
  const rect = [...one.getClientRects()].find(({ width }) => width) ?? box;
  const at = document.elementFromPoint(
    Math.min(Math.max(rect.x + rect.width / 2, 1), innerWidth - 1),
    Math.min(Math.max(rect.y + rect.height / 2, 1), innerHeight - 1));
  if (!at || !(one.contains(at) || at.contains(one) || one.labels?.[0]?.contains(at)))
    troubles.push(`covered by ${at?.outerHTML.slice(0, 80)}`);
  const fixed = (element) => {
    for (let each = element; each; each = each.parentElement)
      if (/fixed|absolute/.test(getComputedStyle(each).position)) return true;
    return false;
  };
  if (last && last.isConnected && !fixed(last) && !fixed(one) && !last.contains(one)) {
    let parent = last.parentElement;
    while (!parent.contains(one)) parent = parent.parentElement;
    const part = (element) => {
      while (element.parentElement !== parent) element = element.parentElement;
      return element.getClientRects()[0] ?? element.getBoundingClientRect();
    };
    const [before, after] = [part(last), part(one)];
    const shared = Math.min(before.bottom, after.bottom) - Math.max(before.top, after.top);
    const rtl = getComputedStyle(parent).direction === "rtl";
    if (shared > Math.min(before.height, after.height) / 2) {
      const ahead = rtl ? before.x - after.x : after.x - before.x;
      if (ahead < -1) troubles.push(`back along the line, from ${last.outerHTML.slice(0, 120)}`);
    } else if (after.bottom <= before.top + 1)
      troubles.push(`back up, from ${last.outerHTML.slice(0, 120)}`);
  }
  return { name, troubles };
}"""


@pytest.fixture
def site(sqlite_database: Database) -> Iterator[str]:
    """Enough stories for a front page with sections, and one reader."""
    load_sources(sqlite_database, [JOURNAL], NOW)
    publish(sqlite_database, "stories", *islice(stories(), 30))
    with sqlite_database.write() as session:
        accounts.create(session, FAST_PASSWORDS, "أمينة", PASSWORD, "reader", NOW)
    with run_server(sqlite_database) as address:
        yield address


def walk(page: Page) -> tuple[list[str], list[str]]:
    """Press Tab to the end of the page: the stops, and what is wrong with them."""
    stops: list[str] = []
    troubles: list[str] = []
    while len(stops) < MAX_STOPS:
        page.keyboard.press("Tab")
        stop: dict[str, Any] | None = page.evaluate(STOP)
        if stop is None:
            return stops, troubles
        stops.append(stop["name"])
        troubles += [f"{stop['name']}: {trouble}" for trouble in stop["troubles"]]
    raise AssertionError(f"no end after {MAX_STOPS} stops: {stops[-3:]}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("reader", [False, True], ids=["visitor", "reader"])
def test_tab_follows_the_eye(
    site: str, browser: Browser, language: str, width: int, reader: bool
) -> None:
    page = open_page(browser, service_workers="block")
    if reader:
        sign_in(page, site)
        page.goto(f"{site}/sources/journal")
        page.get_by_role("main").get_by_role("button", name="متابعة").first.click()
        page.wait_for_load_state("networkidle")
    page.goto(f"{site}/language/{language}")
    page.set_viewport_size({"width": width, "height": 900})
    found: list[str] = []
    for path in OWN if reader else OPEN:
        page.goto(site + path)
        stops, troubles = walk(page)
        assert 'class="skip"' in stops[0], path
        assert len(stops) > 5, path
        found += [f"{path}: {trouble}" for trouble in troubles]
    page.context.close()
    assert not found, "\n".join(found)


def test_the_skip_link_leads_past_the_head_of_the_page(site: str, browser: Browser) -> None:
    page = open_page(browser)
    page.goto(site)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    page.context.close()
