"""Drawn pictures: small enough, Arabic joined and right to left, or nothing."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageChops

from web.presentation import drawing
from web.presentation.drawing import HEIGHT, MAX_BYTES, WIDTH, Card, draw

ARABIC = Card("الحكومة تعلن إحداث 25 ألف منصب شغل", "هسبريس", "مرصد", "ar", "rtl")
FRENCH = Card("« L’eau manque » : les barrages à 38,5 %", "Médias24", "Marsad", "fr", "ltr")


def picture(card: Card) -> Image.Image:
    body = draw(card)
    assert body is not None
    assert len(body) <= MAX_BYTES
    image = Image.open(io.BytesIO(body))
    assert image.size == (WIDTH, HEIGHT)
    return image.convert("L")


def ink(card: Card) -> tuple[int, int, int, int]:
    """The box around the headline: what differs from a picture of almost nothing."""
    difference = ImageChops.difference(picture(card), picture(card._replace(headline=".")))
    box = difference.crop((0, 110, WIDTH, 500)).getbbox()
    assert box
    return box


@pytest.mark.parametrize("card", [ARABIC, FRENCH])
@pytest.mark.parametrize("times", [1, 4, 40])
def test_any_headline_fits(card: Card, times: int) -> None:
    left, _, right, _ = ink(card._replace(headline=f"{card.headline} " * times))
    assert left >= drawing.INNER - 10
    assert right <= WIDTH - drawing.INNER + 10


@pytest.mark.parametrize("card", [ARABIC, FRENCH])
@pytest.mark.parametrize("letters", [25, 40, 230])
def test_a_word_longer_than_a_line_is_broken(card: Card, letters: int) -> None:
    letter = card.headline.strip("« ")[0]
    left, _, right, _ = ink(card._replace(headline=letter * letters))
    assert left >= drawing.INNER - 10
    assert right <= WIDTH - drawing.INNER + 10


@pytest.mark.parametrize("card", [ARABIC, FRENCH])
def test_the_name_above_is_cut_to_a_line(card: Card) -> None:
    wide = picture(card._replace(above=f"{card.above} " * 20))
    difference = ImageChops.difference(wide, picture(card._replace(above=".")))
    box = difference.crop((0, 0, WIDTH, 110)).getbbox()
    assert box
    assert box[0] >= drawing.INNER - 10
    assert box[2] <= WIDTH - drawing.INNER + 10


def test_lines_begin_on_the_side_of_the_script() -> None:
    assert ink(ARABIC._replace(headline="خبر"))[0] > WIDTH / 2
    assert ink(FRENCH._replace(headline="Info"))[2] < WIDTH / 2


def test_arabic_letters_are_joined() -> None:
    """Apart, as a renderer without shaping draws them, they take much more room."""
    apart = "\u200c".join("ببببببببب")
    joined_box, apart_box = (
        ink(ARABIC._replace(headline="ببببببببب")),
        ink(ARABIC._replace(headline=apart)),
    )
    assert apart_box[2] - apart_box[0] > 1.5 * (joined_box[2] - joined_box[0])


def test_arabic_runs_from_right_to_left() -> None:
    """A wide letter comes first in the text, so it stands on the right."""
    image = ImageChops.invert(picture(ARABIC._replace(headline="س ا")))
    left, top, right, bottom = ink(ARABIC._replace(headline="س ا"))
    middle = (left + right) // 2
    halves = [
        sum(image.crop((a, 110 + top, b, 110 + bottom)).point(lambda p: p > 128).tobytes())
        for a, b in ((left, middle), (middle, right))
    ]
    assert halves[1] > halves[0]


@pytest.mark.parametrize("headline", ["", "🔥🔥", "Новости", "ⵜⴰⵎⵓⵔⵜ", "新闻"])
def test_nothing_is_drawn_that_the_typeface_lacks(headline: str) -> None:
    assert draw(FRENCH._replace(headline=headline)) is None


def test_signs_that_it_lacks_are_left_out() -> None:
    plain = draw(FRENCH._replace(headline="Feu de forêt"))
    for headline in ("Feu 🔥 de forêt", "⚽ Feu de forêt ✅", "Feu ☀️ de forêt"):
        assert draw(FRENCH._replace(headline=headline)) == plain


def test_arabic_is_not_drawn_in_loose_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system lacks FriBiDi, Pillow would draw them apart and from left to right."""
    monkeypatch.setattr(drawing, "has_raqm", lambda: False)
    assert draw(ARABIC) is None
    assert draw(FRENCH) is not None
