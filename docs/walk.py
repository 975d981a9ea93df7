"""The pages of a running site, in each language, colour scheme and width, in a real browser."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

# The build without windows takes half the processor time of the whole program.
CHROMIUM = (
    os.environ.get("MARSAD_CHROMIUM")
    or shutil.which("chromium-headless-shell")
    or shutil.which("chromium")
    or ""
)
CHROMIUM_ARGUMENTS = [
    "--headless", "--font-render-hinting=none", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
LANGUAGES = ("ar", "fr", "en")
SCHEMES = ("light", "dark")
WIDTHS = (390, 1280)
# Viewports narrower than this, in CSS pixels, are phones and get a denser screen.
PHONE = 600

PAGES = {
    "list": "/",
    "french": "/?lang=fr",
    "section": "/sections/economy",
    "changes": "/changes",
    "sources": "/sources",
    "owners": "/owners",
    "agencies": "/agencies",
    "research-help": "/research",
    "research": "/research?q=%D9%85%D8%A7%D8%A1&q2=%D9%85%D8%BA%D8%B1%D8%A8&by=source",
    "research-entries": "/research/entries?q=%D9%85%D8%A7%D8%A1",
    "insights": "/insights?by=week",
    "insights-stories": "/insights/stories?by=week",
    "search": "/search?q=%D9%85%D8%A7%D8%A1",
    "login": "/login",
    "forgot": "/forgot",
    "register": "/register",
    "about": "/about",
    "api": "/api",
    "offline": "/offline",
    "saved": "/saved",
    "search-help": "/search",
    "nowhere": "/nowhere",
}
OWN_PAGES = {
    "mine": "/mine",
    "unread": "/mine?unread=1",
    "following": "/following",
    "ask": "/following/ask",
    "folders": "/following?by=folder",
    "tags": "/tags",
    "starred": "/starred",
    "account": "/account",
    "second-factor": "/account/second-factor",
}
OPERATORS_PAGES = {
    "operate": "/operate",
    "requests": "/operate/requests",
    "request": "/operate/requests/1",
    "people": "/operate/people",
    "audit": "/operate/audit",
    "desk": "/desk",
}
# Kinds of pages: visit the first one that a link on the front page leads to.
KINDS = {
    "entry": 'article .title a[href^="/entries/"]',
    "story": 'a[href^="/stories/"]',
    "history": 'a.changed[href$="/history"]',
    "source": 'a.source[href^="/sources/"]',
    "topic": 'a[href^="/topics/"]',
}


@dataclass(frozen=True)
class Site:
    """A running site, and the account to sign in with, if any."""

    url: str
    name: str = ""
    password: str = ""


@dataclass(frozen=True)
class PageVariant:
    """Language, colour scheme and width of a view."""

    language: str
    scheme: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.scheme}-{self.width}"


ALL_VARIANTS = tuple(
    PageVariant(language, scheme, width)
    for language in LANGUAGES
    for scheme in SCHEMES
    for width in WIDTHS
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the site and the account."""
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--name", default="", help="of an account, to see its own pages too")
    parser.add_argument("--password", default="")


def site_from_args(values: argparse.Namespace) -> Site:
    """The site that the options name."""
    return Site(values.url.rstrip("/"), values.name, values.password)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM or None, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()


def open_context(browser: Browser, variant: PageVariant) -> BrowserContext:
    """A browser on its first visit, without service workers, which would hide what is sent."""
    phone = variant.width < PHONE
    return browser.new_context(
        locale=variant.language,
        color_scheme="dark" if variant.scheme == "dark" else "light",
        viewport={"width": variant.width, "height": 844 if phone else 900},
        device_scale_factor=2 if phone else 1,
        has_touch=phone,
        service_workers="block",
    )


def iter_pages(page: Page, site: Site) -> Iterator[tuple[str, str]]:
    """Name and path of each page, the account's own last; `page` signs in on the way."""
    yield from PAGES.items()
    page.goto(site.url)
    found = {name: _address(page, selector) for name, selector in KINDS.items()}
    yield from ((name, path) for name, path in found.items() if path)
    if not site.name:
        return
    sign_in(page, site)
    yield from OWN_PAGES.items()
    if found["entry"]:
        yield "reading", found["entry"]
    yield from OPERATORS_PAGES.items()


def page_exists(name: str, answer: Response | None) -> bool:
    """Whether this site has the page; "nowhere" is meant to be missing."""
    return name == "nowhere" or (answer is not None and answer.status != 404)


def _address(page: Page, selector: str) -> str:
    link = page.locator(selector).first
    return (link.get_attribute("href") or "") if link.count() else ""


def sign_in(page: Page, site: Site) -> None:
    """Sign in."""
    page.goto(f"{site.url}/login")
    page.locator("main [name=name]").fill(site.name)
    page.locator("main [name=password]").fill(site.password)
    page.locator("main form button").first.click()
    page.wait_for_load_state()
