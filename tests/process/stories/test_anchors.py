"""Figures that texts of any language share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.process.stories.anchors import FIGURE, text_anchors, written_figures


@given(st.text("0123456789.,- \u00a0\u202f\u0662\u06f9ab\u0628\u00e9", max_size=30))
def test_figures_are_found_from_digit_to_digit(text: str) -> None:
    assert list(written_figures(text)) == FIGURE.findall(text)


def test_a_figure_is_the_same_in_every_notation() -> None:
    for text in ("بلغت 1.700 درهم", "1 700 dirhams", "1,700 dirhams", "١٧٠٠ درهم"):
        assert text_anchors(text) == ["n1700"]
