"""Pictures of a running site: its pages in three languages, by day and by night.

    python docs/screenshots.py --url http://127.0.0.1:8000 --out screenshots/

`marsad demo` gives a site with stories in it. Playwright and a Chromium are needed
(`pip install marsad[test]`). With --name and --password an account's own pages are taken too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Browser
from walk import (
    ALL_VARIANTS,
    PageVariant,
    Site,
    add_arguments,
    chromium,
    iter_pages,
    open_context,
    page_exists,
    site_from_args,
)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description="Save pictures of a running site.")
    add_arguments(parser)
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--full", action="store_true", help="the whole page, not one screen")
    values = parser.parse_args()
    values.out.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for variant in ALL_VARIANTS:
            take(browser, site_from_args(values), variant, values.out, full=values.full)


def take(browser: Browser, site: Site, variant: PageVariant, out: Path, *, full: bool) -> None:
    """All pages in one variant."""
    with open_context(browser, variant) as context:
        page = context.new_page()
        for name, path in iter_pages(page, site):
            answer = page.goto(site.url + path, wait_until="networkidle")
            if page_exists(name, answer):
                page.screenshot(path=out / f"{name}-{variant}.png", full_page=full)


if __name__ == "__main__":
    main()
