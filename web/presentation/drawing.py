"""Draws the picture of a page that has none: its headline on paper, as links to it are shown.

Pillow lays Arabic out with Raqm (joined letters, right to left); Raqm in turn needs the system's
FriBiDi. Without it, or for a script that the typeface lacks, nothing is drawn.
"""

from __future__ import annotations

import io
import re
from bisect import bisect
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import as_file, files
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from web.presentation.names import excerpt

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630
MAX_BYTES = 60_000
PAPER, INK, GREEN, FAINT = "#faf8f3", "#1b1f28", "#0b6652", "#5d6470"
# The band at the edge where lines begin, and where text begins.
BAND = 24
INNER = 104
# Height of the block between the line above the headline and the name of the site.
_BLOCK = 350
# Sizes of the headline in pixels, the largest that fits is taken; and its lines relative to that.
_SIZES = (84, 72, 62, 54, 48)
_LEADING = 1.4
MAX_HEADLINE = 240
COLOURS = 32

# Letters outside Latin and Arabic, which the typeface does not have; digits and signs it does.
_FOREIGN = re.compile(
    r"[^\W\d_\u0041-\u024f\u1e00-\u1eff\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]"
)
_ARABIC = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")
# Emoji and other signs: those beyond the first plane, dingbats and symbols.
_SIGNS = re.compile("[\U00010000-\U0010ffff\u2300-\u27bf\u2b00-\u2bff\ufe0f]")

# FreeType's faces are shared, and must not be used by two threads at once.
_drawing = Lock()


class Card(NamedTuple):
    """The words of a picture; equal cards are equal pictures."""

    headline: str
    above: str
    """The line above the headline: who publishes it, or what kind of page it is."""
    site: str
    language: str
    direction: str


def draw(card: Card) -> bytes | None:
    """A PNG of `WIDTH` x `HEIGHT` pixels and at most `MAX_BYTES`; None if it cannot be drawn."""
    headline = " ".join(_SIGNS.sub("", card.headline).split())
    card = card._replace(headline=excerpt(headline, MAX_HEADLINE))
    if not card.headline or not _can_draw(" ".join(card[:3])):
        return None
    with _drawing:
        return _Sheet(card).draw()


def _can_draw(text: str) -> bool:
    if _FOREIGN.search(text):
        return False
    return has_raqm() or not _ARABIC.search(text)


@cache
def has_raqm() -> bool:
    """Whether Arabic can be laid out."""
    from PIL import features  # as below

    return bool(features.check("raqm") and features.check("fribidi"))


@cache
def _font(name: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont  # 30 ms that a site without such links never pays

    with as_file(files("fontpkg_amiri") / "files" / f"Amiri-{name}.ttf") as path:
        return ImageFont.truetype(path, size)


class _Sheet:
    """One picture while it is drawn."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._rtl = card.direction == "rtl"
        # Without Raqm, Pillow refuses to be told either.
        self._direction = card.direction if has_raqm() else None
        self._language = card.language[:2] if has_raqm() else None
        self._width = WIDTH - 2 * INNER

    def draw(self) -> bytes | None:
        from PIL import Image, ImageDraw  # as above

        image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        canvas = ImageDraw.Draw(image)
        edge = WIDTH - BAND if self._rtl else 0
        canvas.rectangle((edge, 0, edge + BAND, HEIGHT), fill=GREEN)
        above = _font("Regular", 40)
        self._write(canvas, _first(list(self._wrap(self._card.above, above))), 84, above, GREEN)
        size, lines = self._fit()
        top = 108 + (_BLOCK - len(lines) * size * _LEADING) / 2
        for number, line in enumerate(lines, 1):
            self._write(canvas, line, top + number * size * _LEADING, _font("Bold", size), INK)
        canvas.line((INNER, 506, WIDTH - INNER, 506), fill=GREEN, width=2)
        self._write(canvas, self._card.site, 572, _font("Bold", 44), FAINT)
        return _encode(image.quantize(COLOURS, dither=Image.Dither.NONE).save)

    def _write(
        self, canvas: ImageDraw, text: str, baseline: float, font: FreeTypeFont, colour: str
    ) -> None:
        at, anchor = (WIDTH - INNER, "rs") if self._rtl else (INNER, "ls")
        canvas.text(
            (at, baseline), text, colour, font, anchor,
            direction=self._direction, language=self._language,
        )  # fmt: skip

    def _fit(self) -> tuple[int, list[str]]:
        """The largest size at which the headline fits, and its lines; the smallest is cut.

        Only at the smallest are words broken.
        """
        words = self._card.headline.split()
        for size in _SIZES:
            font = _font("Bold", size)
            lines = list(self._wrap(self._card.headline, font))
            whole = all(self._length(word, font) <= self._width for word in words)
            if len(lines) * size * _LEADING <= _BLOCK and (whole or size == _SIZES[-1]):
                return size, lines
        kept = int(_BLOCK / (size * _LEADING))
        return size, [*lines[: kept - 1], _first(lines[kept - 1 :])]

    def _wrap(self, text: str, font: FreeTypeFont) -> Iterator[str]:
        line = ""
        pieces = (piece for word in text.split() for piece in self._break(word, font))
        for piece in pieces:
            longer = f"{line} {piece}".strip()
            if line and self._length(longer, font) > self._width:
                yield line
                line = piece
            else:
                line = longer
        yield line

    def _break(self, word: str, font: FreeTypeFont) -> Iterator[str]:
        """A word in pieces no wider than a line."""
        while self._length(word, font) > self._width:
            lengths = range(len(word) + 1)
            too_long = bisect(
                lengths, float(self._width), key=lambda n: self._length(word[:n], font)
            )
            yield word[: too_long - 1]
            word = word[too_long - 1 :]
        yield word

    def _length(self, text: str, font: FreeTypeFont) -> float:
        return font.getlength(text, direction=self._direction, language=self._language)


def _first(lines: list[str]) -> str:
    """The first of these lines, cut if there are others."""
    line = lines[0]
    if len(lines) == 1:
        return line
    words, _, _ = line.rpartition(" ")
    return f"{words or line[:-2]}…"


def _encode(save: Callable[..., None]) -> bytes | None:
    buffer = io.BytesIO()
    save(buffer, "PNG", optimize=True)
    body = buffer.getvalue()
    return body if len(body) <= MAX_BYTES else None
