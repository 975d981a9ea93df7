"""Every page of a running site through axe-core: WCAG 2.2 A and AA.

    python docs/accessibility.py --url http://127.0.0.1:8000 --name operator --password …

Three languages; light, dark and sepia; phone and desktop. `make accessibility` runs it with the
axe-core that `.ci/install-axe` fetches. Prints each violation with its elements; exits with 1 if
there is any.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Page
from walk import (
    LANGUAGES,
    PageVariant,
    Site,
    add_arguments,
    chromium,
    iter_pages,
    open_context,
    page_exists,
    site_from_args,
)

STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# What depends on the theme; all else differs between widths at most.
THEME_RULES = ("color-contrast", "link-in-text-block")
VARIANTS = tuple((theme, width) for width in (390, 1280) for theme in ("light", "dark", "sepia"))
AXE = Path(__file__).parents[1] / ".axe" / "node_modules" / "axe-core" / "axe.min.js"

_RUN = """async ([type, values]) => {
    const { violations } = await axe.run(document, {
        runOnly: { type, values }, resultTypes: ["violations"],
        iframes: false, preload: false,
    });
    return violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ html }) => `${id} (${help}): ${html.slice(0, 160)}`));
}"""


def main() -> None:
    """Check all pages in all variants."""
    parser = argparse.ArgumentParser(description="Check a running site with axe-core.")
    add_arguments(parser)
    values = parser.parse_args()
    checked = 0
    found = 0
    with chromium() as browser:
        for language in LANGUAGES:
            for place, violations in check(browser, site_from_args(values), language):
                checked += 1
                found += len(violations)
                for violation in violations:
                    print(f"{place}: {violation}")
    print(f"{checked} variants of pages checked, {found} violations")
    sys.exit(1 if found else 0)


def check(browser: Browser, site: Site, language: str) -> Iterator[tuple[str, list[str]]]:
    """Each page in each variant, and what is wrong with it."""
    with open_context(browser, PageVariant(language, "light", 390)) as context:
        page = context.new_page()
        for name, path in iter_pages(page, site):
            answer = page.goto(site.url + path)
            if not page_exists(name, answer):
                continue
            for variant, violations in violations_of(page):
                yield f"{name} {language} {variant}", violations


def violations_of(
    page: Page, variants: Iterable[tuple[str, int]] = VARIANTS
) -> Iterator[tuple[str, list[str]]]:
    """What axe-core finds on the page that is open, in each theme and width."""
    page.evaluate(axe_source())
    widths = set()
    for theme, width in variants:
        apply_variant(page, theme, width)
        rules = ("rule", THEME_RULES) if width in widths else ("tag", STANDARDS)
        widths.add(width)
        yield f"{theme} {width}", page.evaluate(_RUN, rules)


def apply_variant(page: Page, theme: str, width: int) -> None:
    """Show the open page in a theme and width, without transitions."""
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("theme => (document.documentElement.dataset.theme = theme)", theme)


@cache
def axe_source() -> str:
    """axe-core as one script: the one in $MARSAD_AXE, else what `.ci/install-axe` fetched."""
    file = Path(os.environ.get("MARSAD_AXE") or AXE)
    if not file.is_file():
        raise FileNotFoundError(f"no axe-core at {file}: .ci/install-axe fetches it")
    return file.read_text("utf-8")


if __name__ == "__main__":
    main()
