"""What browsers load besides the page: small, of our own, fit for both directions."""

from __future__ import annotations

import gc
import gzip
import re
import warnings
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.http import http_date

from web.assets import scripts, styles
from web.request.i18n import LANGUAGES
from web.state import state_of

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "web" / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted(STATIC.rglob("*.css"))
BASE = STATIC / "css" / "marsad.css"
SCRIPTS = sorted(STATIC.rglob("*.js"))

PHYSICAL = re.compile(
    r"(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)"
    r"|(?:^|[;{\s])(?:left|right|top|bottom|width|height|(?:min|max)-(?:width|height))\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
    r"|border-(?:top|bottom)-(?:left|right)-radius"
)
MEDIA_QUERY = re.compile(r"@media[^{]*")
HARMS_ARABIC = re.compile(
    r"letter-spacing|text-transform|font-style:\s*(?:italic|oblique)|word-break:\s*break-all"
    r"|text-align:\s*justify"
)
# A block of data is no script: nothing in it runs.
INLINE = re.compile(
    r"<style|\sstyle\s*=|<script(?! type=\"application/ld.json\")(?![^>]*\ssrc=)"
    r"|\son[a-z]+\s*=\s*[\"']|javascript:"
)
ELSEWHERE = re.compile(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//")


def zipped(text: str) -> int:
    return len(gzip.compress(text.encode(), 9))


@pytest.mark.parametrize("kind", styles.SHEETS)
def test_styles_keep_their_budget(kind: str) -> None:
    assert zipped(styles.bundle_styles(kind)) <= 7_000


@pytest.mark.parametrize("kind", scripts.BUNDLES)
def test_scripts_keep_their_budget(app: Flask, kind: str) -> None:
    for language in LANGUAGES:
        script = state_of(app).scripts.bundle(kind, language)
        assert script
        assert zipped(script.text) <= 8_000


def test_one_style_sheet_is_one_request() -> None:
    assert {f"{name}.css" for names in styles.SHEETS.values() for name in names} == {
        sheet.name for sheet in STYLES
    }
    assert not any("@import" in sheet.read_text("utf-8") for sheet in STYLES)


def test_a_first_view_takes_four_requests() -> None:
    """The page, the style sheet, the icon and at most one script."""
    base = (ROOT / "templates" / "base.html").read_text("utf-8")
    assert base.count("asset(") == 1
    assert base.count("style(") == 1
    for template in TEMPLATES:
        assert template.read_text("utf-8").count("<script") <= 1, template


@pytest.mark.parametrize("sheet", STYLES, ids=lambda sheet: sheet.name)
def test_styles_know_no_left_and_right(sheet: Path) -> None:
    text = MEDIA_QUERY.sub("", sheet.read_text("utf-8"))
    assert PHYSICAL.findall(text) == []


@pytest.mark.parametrize("sheet", STYLES, ids=lambda sheet: sheet.name)
def test_styles_do_arabic_no_harm(sheet: Path) -> None:
    assert HARMS_ARABIC.findall(sheet.read_text("utf-8")) == []


@pytest.mark.parametrize("kind", styles.SHEETS)
def test_styles_respect_readers(kind: str) -> None:
    text = styles.bundle_styles(kind)
    assert "color-scheme:light dark" in text
    assert "prefers-reduced-motion" in text
    assert ":focus-visible" in text
    assert "@media print" in text


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda template: str(template.relative_to(ROOT / "templates"))
)
def test_pages_hold_nothing_that_the_policy_forbids(template: Path) -> None:
    text = template.read_text("utf-8")
    assert INLINE.findall(text) == []
    assert ELSEWHERE.findall(text) == []


@pytest.mark.parametrize("file", [*STYLES, *SCRIPTS], ids=lambda file: file.name)
def test_nothing_comes_from_elsewhere(file: Path) -> None:
    text = file.read_text("utf-8")
    assert not re.search(r"https?://|innerHTML|eval\(|@font-face", text)


def test_only_publishers_text_is_passed_through_unescaped() -> None:
    unescaped = [
        (template.name, line.strip())
        for template in TEMPLATES
        for line in template.read_text("utf-8").splitlines()
        if re.search(r"\|\s*safe\b", line)
    ]
    assert unescaped == [("show.html", "{{ prose(entry.content)|safe }}")]


# --- contrast ---------------------------------------------------------------------------------


THEMES = ("light", "dark", "sepia")
TOKEN = re.compile(
    r"--([\w-]+): (?:light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)|(#[0-9a-f]{3,6}));"
)


def palette(theme: str) -> dict[str, str]:
    """The colours of a theme; sepia is the light one with most of them changed."""
    text = BASE.read_text("utf-8")
    blocks = re.findall(r'(?:^:root|^\[data-theme="sepia"\]) \{([^}]*)\}', text, re.MULTILINE)
    tokens = TOKEN.findall("".join(blocks if theme == "sepia" else blocks[:1]))
    return {name: one or (dark if theme == "dark" else light) for name, light, dark, one in tokens}


def mixed(one: str, other: str, share: float) -> str:
    """`color-mix(in srgb, one share, other)`."""
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("ink", "quiet", "accent", "clay", "brass")
          for ground in ("ground", "sheet")),
        ("on-accent", "accent"),
        ("accent", "accent-soft"),
        ("ink", "accent-soft"),
        ("ink", "clay-soft"),
    ],
)  # fmt: skip
def test_text_can_be_read(theme: str, text: str, ground: str) -> None:
    colours = palette(theme)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_edges_of_controls_can_be_seen(theme: str) -> None:
    colours = palette(theme)
    assert contrast(colours["edge"], colours["ground"]) >= 3
    assert contrast(colours["edge"], colours["sheet"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_mixed_text_can_be_read(theme: str) -> None:
    """Text in `color-mix(in srgb, var(--ink) n%, var(--ground))`, such as titles one has read."""
    colours = palette(theme)
    shares = re.findall(
        r"[{ ]color: color-mix\(in srgb, var\(--ink\) (\d+)%, var\(--ground\)\)",
        "".join(sheet.read_text("utf-8") for sheet in STYLES),
    )
    assert shares
    for share in shares:
        text = mixed(colours["ink"], colours["ground"], int(share) / 100)
        assert contrast(text, colours["ground"]) >= 4.5, share


@pytest.mark.parametrize("since", [0, None], ids=["sent", "unchanged"])
def test_static_files_are_closed_before_they_are_sent(app: Flask, since: int | None) -> None:
    """If the reader hangs up, the server may never close the answer."""
    path = "/static/favicon.svg"
    changed = http_date((STATIC / "favicon.svg").stat().st_mtime if since is None else since)
    with warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always", ResourceWarning)
        with app.test_request_context(path, headers={"If-Modified-Since": changed}):
            status = app.full_dispatch_request().status_code
        gc.collect()
    assert status == (304 if since is None else 200)
    assert [str(each.message) for each in left_open if "favicon.svg" in str(each.message)] == []
