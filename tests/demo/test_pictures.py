"""The drawn illustrations."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from aggregator.demo import articles
from aggregator.demo.pictures import draw

NAMES = sorted({a.image for a in articles.load(datetime.now(UTC)) if a.image})


@pytest.mark.parametrize("name", [*NAMES, "unheard-of", ""])
def test_every_name_gives_a_small_sound_svg(name: str) -> None:
    svg = draw(name)
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(root)) > 3
    assert len(svg) < 40_000
    assert "script" not in svg


def test_a_picture_stays_the_same_and_others_differ() -> None:
    assert draw("rain-1") == draw("rain-1")
    assert len({draw(name) for name in NAMES}) == len(NAMES)
