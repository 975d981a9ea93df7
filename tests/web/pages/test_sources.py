"""Pages of sources."""

from __future__ import annotations

from tests.web.browser import Browser


def test_all_sources(driss: Browser) -> None:
    page = driss.get("/sources").text
    for slug in ("hespress", "medias24", "kapitalis"):
        assert f"/sources/{slug}" in page


def test_a_source_shows_its_copies(driss: Browser) -> None:
    page = driss.get("/sources/medias24").text
    assert "Les barrages &lt;remplis&gt;" in page
    assert "Tunis" not in page


def test_a_source_in_one_language(driss: Browser) -> None:
    assert "Les barrages" not in driss.get("/sources/medias24?lang=ar").text
