"""What each page of a running site sends on a first visit.

    python docs/page_budget.py --url http://127.0.0.1:8000 --name operator --password …

Prints requests to the site itself and bytes on the wire (compressed, without headers) by kind;
publishers' pictures do not count. Exits with 1 if a page is over budget.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from collections import Counter
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, Response
from rich.console import Console
from rich.table import Table
from walk import (
    PageVariant,
    Site,
    add_arguments,
    chromium,
    iter_pages,
    open_context,
    site_from_args,
)

# Bytes gzipped; the document's is that of a list of 50 entries.
BUDGET = {"document": 25_000, "stylesheet": 7_000, "script": 8_000, "font": 60_000}
# Besides the faces of the site, which browsers keep for a year.
REQUESTS = 4


@dataclass
class Weight:
    """One page: requests by kind and their gzipped bytes."""

    name: str
    requests: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)

    def over(self) -> bool:
        """Whether the page is over the budget."""
        heavy = any(self.sizes[kind] > most for kind, most in BUDGET.items())
        return heavy or self.requests.total() - self.requests["font"] > REQUESTS


def main() -> None:
    """Weigh all pages."""
    parser = argparse.ArgumentParser(description="Weigh the pages of a running site.")
    add_arguments(parser)
    parser.add_argument("--lang", default="ar", choices=("ar", "fr", "en"))
    values = parser.parse_args()
    with chromium() as browser:
        weights = measure_pages(
            browser, site_from_args(values), PageVariant(values.lang, "light", 1280)
        )
    Console().print(table(weights))
    sys.exit(1 if any(weight.over() for weight in weights) else 0)


def measure_pages(browser: Browser, site: Site, variant: PageVariant) -> list[Weight]:
    """Each page with an empty cache."""
    with open_context(browser, variant) as context:
        page = context.new_page()
        found = list(iter_pages(page, site))
        cookies = context.cookies()
    weights = []
    for name, path in found:
        with open_context(browser, variant) as context:
            if name not in ("login", "register"):
                context.add_cookies(cookies)  # type: ignore[arg-type]  # what cookies() gave
            weights.append(_weigh(context.new_page(), site, name, path))
    return weights


def _weigh(page: Page, site: Site, name: str, path: str) -> Weight:
    weight = Weight(name)
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)  # Playwright takes no built-in method

    page.on("response", note)
    page.goto(site.url + path, wait_until="networkidle")
    for answer in answers:
        if answer.url.startswith(site.url) and not 300 <= answer.status < 400:
            kind = answer.request.resource_type
            weight.requests[kind] += 1
            weight.sizes[kind] += len(gzip.compress(answer.body(), 6, mtime=0))
    return weight


def table(weights: list[Weight]) -> Table:
    """The report, as a table."""
    shown = Table(title="gzipped bytes on a first view", title_justify="left")
    shown.add_column("page")
    for title in ("requests", *BUDGET, "other", "in the budget"):
        shown.add_column(title, justify="right")
    for weight in weights:
        rest = weight.sizes.total() - sum(weight.sizes[kind] for kind in BUDGET)
        cells = [str(weight.requests.total()), *(f"{weight.sizes[k]:,}" for k in BUDGET)]
        shown.add_row(weight.name, *cells, f"{rest:,}", "no" if weight.over() else "yes")
    budget = [f"{most:,}" for most in BUDGET.values()]
    shown.add_section()
    shown.add_row("budget", str(REQUESTS), *budget, "", "")
    return shown


if __name__ == "__main__":
    main()
