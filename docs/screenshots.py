"""Pictures of a running site: its main pages in three languages, by day and by night.

    python docs/screenshots.py --url http://127.0.0.1:8000 --out screenshots/

`marsad demo` gives a site with stories in it. Playwright and a Chromium are needed
(`pip install marsad[test]`). With --name and --password a reader's own pages are taken too.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

LANGUAGES = ("ar", "fr", "en")
SCHEMES = ("light", "dark")
WIDTHS = (390, 1280)
PAGES = {"list": "/", "french": "/?lang=fr", "sources": "/sources", "login": "/login"}
OWN_PAGES = {"tags": "/tags", "starred": "/starred", "account": "/account"}
PHONE = 600
"""Narrower than this many pixels is a phone, with its denser screen."""


@dataclass(frozen=True)
class Wanted:
    """What to take pictures of, and where to put them."""

    url: str
    out: Path
    name: str
    password: str
    full: bool


def main() -> None:
    """Take all pictures."""
    wanted = read_arguments()
    wanted.out.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("MARSAD_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        for language in LANGUAGES:
            for scheme in SCHEMES:
                for width in WIDTHS:
                    take(browser, wanted, language, scheme, width)
        browser.close()


def read_arguments() -> Wanted:
    """The command line."""
    parser = argparse.ArgumentParser(description="Save pictures of a running site.")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--name", default="", help="of a reader, to see the pages of readers")
    parser.add_argument("--password", default="")
    parser.add_argument("--full", action="store_true", help="the whole page, not one screen")
    values = parser.parse_args()
    url = values.url.rstrip("/")
    return Wanted(url, values.out, values.name, values.password, values.full)


def take(browser: Browser, wanted: Wanted, language: str, scheme: str, width: int) -> None:
    """All pages in one language, colour scheme and width."""
    context = browser.new_context(
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 844 if width < PHONE else 900},
        device_scale_factor=2 if width < PHONE else 1,
    )
    page = context.new_page()
    for name, path in pages(page, wanted):
        page.goto(wanted.url + path, wait_until="networkidle")
        picture = wanted.out / f"{name}-{language}-{scheme}-{width}.png"
        page.screenshot(path=picture, full_page=wanted.full)
    context.close()


def pages(page: Page, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Name and address of each page, a reader's own last."""
    yield from PAGES.items()
    page.goto(wanted.url)
    entry = page.locator("article h3 a").first
    if entry.count():
        yield "entry", entry.get_attribute("href") or "/"
    if wanted.name:
        page.goto(f"{wanted.url}/login")
        page.locator("[name=name]").fill(wanted.name)
        page.locator("[name=password]").fill(wanted.password)
        page.locator("main button").click()
        yield from OWN_PAGES.items()
        if entry.count():
            page.goto(wanted.url)
            yield "tagging", entry.get_attribute("href") or "/"


if __name__ == "__main__":
    main()
