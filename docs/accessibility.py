"""Every page of a running site through axe-core: WCAG 2.2 A and AA.

    python docs/accessibility.py --url http://127.0.0.1:8000 --name operator --password …

Three languages, light and dark, phone and desktop. Prints each violation with the elements that
it was found on; exits with 1 where there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from walk import ALL_LOOKS, Look, Site, add_arguments, addresses, chromium, open_context, site_of

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def main() -> None:
    """Check all pages in all looks."""
    parser = argparse.ArgumentParser(description="Look for what shuts people out.")
    add_arguments(parser)
    values = parser.parse_args()
    checked = 0
    found: list[str] = []
    with chromium() as browser:
        for look in ALL_LOOKS:
            for name, violations in check(browser, site_of(values), look):
                checked += 1
                found += [f"{name}-{look}: {violation}" for violation in violations]
    print(*found, sep="\n")
    print(f"{checked} pages checked, {len(found)} violations")
    sys.exit(1 if found else 0)


def check(browser: Browser, site: Site, look: Look) -> Iterator[tuple[str, list[str]]]:
    """The name of each page and what is wrong with it."""
    with open_context(browser, look) as context:
        page = context.new_page()
        for name, path in addresses(page, site):
            page.goto(site.url + path)
            yield name, violations(page)


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page as it is shown now."""
    options = {"runOnly": {"type": "tag", "values": STANDARDS}, "resultTypes": ["violations"]}
    results: dict[str, Any] = Axe().run(page, options=options).response
    return [
        f"{each['id']} ({each['help']}): {node['html'][:160]}"
        for each in results["violations"]
        for node in each["nodes"]
    ]


if __name__ == "__main__":
    main()
