"""The faces of the site: in one piece or not at all, small, and kept by browsers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from flask import Flask

from aggregator.config import Settings
from aggregator.storage.engine import Database
from tests.builders import FAST_PASSWORDS
from web import create_app
from web.assets import fonts
from web.assets.font_subset import BUDGET, RECIPES

METRICS = {face.name: {"ascent": 1.0, "descent": 0.25} for face in fonts.FACES}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with faces as `.ci/install-fonts` leaves them."""
    for face in fonts.FACES:
        (tmp_path / f"{face.name}.woff2").write_bytes(b"wOF2" + face.name.encode())
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS), "utf-8")
    return tmp_path


@pytest.fixture
def app_with_fonts(
    installed: Path, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    found = fonts.load_fonts(installed)
    monkeypatch.setattr(fonts, "load_fonts", lambda: found)
    return create_app(Settings(), sqlite_database, FAST_PASSWORDS)


@pytest.mark.parametrize("damaged", ["metrics.json", "serif.woff2"])
def test_without_one_of_them_there_are_none(installed: Path, damaged: str) -> None:
    assert len(fonts.load_fonts(installed)) == len(fonts.FACES)
    fonts.load_fonts.cache_clear()
    (installed / damaged).unlink()
    assert fonts.load_fonts(installed) == {}
    assert fonts.font_rules({}) == ""


def test_pages_work_without_them(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "load_fonts", dict)
    client = create_app(Settings(), sqlite_database, FAST_PASSWORDS).test_client()
    assert "preload" not in client.get("/login").text
    assert "@font-face" not in client.get("/styles/reading.css").text
    assert client.get("/fonts/naskh.woff2").status_code == 404


def test_browsers_keep_them_for_a_year(app_with_fonts: Flask) -> None:
    client = app_with_fonts.test_client()
    rules = client.get("/styles/reading.css").text
    addresses = re.findall(r'url\("\.\.(/fonts/[^"]+)"\)', rules)
    assert len(addresses) == len(fonts.FACES)
    for address in addresses:
        answer = client.get(address)
        assert answer.mimetype == "font/woff2"
        assert answer.data.startswith(b"wOF2")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/fonts/naskh.woff2").headers["Cache-Control"] == "no-cache"
    assert client.get("/fonts/other.woff2").status_code == 404


@pytest.mark.parametrize(("language", "first"), [("ar", ["naskh"]), ("fr", ["sans", "serif"])])
def test_only_what_stands_at_the_top_is_preloaded(
    app_with_fonts: Flask, language: str, first: list[str]
) -> None:
    page = app_with_fonts.test_client().get("/login", headers={"Accept-Language": language}).text
    assert re.findall(r'rel="preload" as="font"[^>]*/fonts/(\w+)\.woff2\?v=', page) == first


def test_stand_ins_have_the_metrics_of_the_faces(installed: Path) -> None:
    rules = fonts.font_rules(fonts.load_fonts(installed))
    assert rules.count("font-display:swap") == len(fonts.FACES)
    for width in (1.192, 1.153, 0.995, 0.967, 0.941, 0.919, 0.884, 0.876, 1):
        assert f"size-adjust:{width:.2%};ascent-override:{1 / width:.2%}" in rules


def test_each_face_has_a_recipe_and_the_budget_is_kept() -> None:
    assert set(RECIPES) == {face.name for face in fonts.FACES}
    fonts.load_fonts.cache_clear()
    found = fonts.load_fonts()
    assert found, "the faces are not installed: make fonts"
    assert sum(len(font.file.content) for font in found.values()) <= BUDGET
    for face in fonts.FACES:
        assert "SIL Open Font License" in (fonts.FOLDER / f"{face.name}.LICENSE.txt").read_text()
