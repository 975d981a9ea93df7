"""Modules as one script a page, and the worker."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from web.assets import scripts
from web.request.i18n import LANGUAGES


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for modules of our own."""
    monkeypatch.setattr(scripts, "FOLDER", tmp_path)
    scripts.module_source.cache_clear()
    yield tmp_path
    scripts.module_source.cache_clear()


def test_modules_are_joined_in_order(modules: Path) -> None:
    (modules / "one.js").write_text(
        "// Why.\nexport const a = 1;\nexport function b() {\n  // so\n}\n"
    )
    (modules / "two.js").write_text('import { a, b } from "./one.js";\n\nb(a, words["x.y"]);\n')
    assert scripts.bundle_modules(("one", "two")) == (
        'const{a,b}=(()=>{const a=1;function b(){}\nreturn{a,b};})();{b(a,words["x.y"]);}\n'
    )
    assert scripts.message_keys(("one", "two")) == ["x.y"]
    with pytest.raises(ValueError, match=r"two\.js: one\.js before it does not export"):
        scripts.bundle_modules(("two", "one"))


@pytest.mark.parametrize("kind", scripts.BUNDLES)
def test_a_script_says_its_sentences_in_the_language_of_the_page(app: Flask, kind: str) -> None:
    said = {}
    for language in LANGUAGES:
        text = app.test_client().get(f"/scripts/{kind}.{language}.js").text
        first = re.match(r"const words = (.*);\n", text)
        assert first
        said[language] = json.loads(first[1])
        assert all(
            word and not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", word)
            for word in said[language].values()
        )
    assert said["ar"].keys() == said["fr"].keys() == said["en"].keys()
    assert set(said["ar"].values()).isdisjoint(said["fr"].values())


def test_scripts_may_be_kept_as_long_as_their_address_names_them(app: Flask) -> None:
    client = app.test_client()
    found = re.search(r'"(/scripts/list\.\w\w\.js\?v=\w+)"', client.get("/").text)
    assert found
    assert "immutable" in client.get(found[1]).headers["Cache-Control"]
    assert client.get("/scripts/list.fr.js?v=old").headers["Cache-Control"] == "no-cache"
    assert client.get("/scripts/other.fr.js").status_code == 404


def test_the_worker_is_asked_for_again_and_changes_with_the_scripts(app: Flask) -> None:
    answer = app.test_client().get("/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Security-Policy"] == scripts.WORKER_POLICY
    assert re.match(r"// [0-9a-f]{10}\n", answer.text)
