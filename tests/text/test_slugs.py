"""Slugs are made of names in any of the three languages."""

from __future__ import annotations

import pytest

from aggregator.text.slugs import propose_slug
from aggregator.types.limits import is_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Water and dams", "water-and-dams"),
        ("L’eau à Fès : 2026 !", "l-eau-a-fes-2026"),
        ("Sœurs d'Ifrane", "soeurs-d-ifrane"),
        ("الماء والسدود", "alma-oualsdoud"),
        ("أڭادير", "agadir"),
        ("وَجْدة", "oujda"),
        ("٢٠٣٠", "2030"),
        ("—", ""),
        ("", ""),
        ("one two three", "one-two"),
        ("x" * 20, "x" * 10),
    ],
)
def test_slugs_of_names(name: str, slug: str) -> None:
    proposed = propose_slug(name, 10 if len(slug) <= 10 and len(name) > 10 else 60)
    assert proposed == slug
    assert is_slug(proposed) or not proposed
