"""The style sheets as they are served."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from web.assets import styles


def test_minifying_keeps_the_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds of rules that minifiers are known to break."""
    (tmp_path / "only.css").write_text(
        """/* why */
        :root { --a: light-dark(#fff, #000); --empty: ; }
        .a :is(b, i) > c::after { content: "●  /* */ "; margin: 0 auto; }
        @media (min-width: 48rem) { .a { inline-size: calc(1rem + 2px); grid: "a b" auto / 1fr; } }
        """,
        "utf-8",
    )
    monkeypatch.setattr(styles, "FOLDER", tmp_path)
    monkeypatch.setattr(styles, "SHEETS", {"only": ("only",)})
    text = styles.bundle_all()["only"].text
    assert "why" not in text
    assert len(text.splitlines()) == 1
    for kept in (
        "--a:light-dark(#fff,#000)", ".a :is(b,i)", 'content:"●  /* */ "', "margin:0 auto",
        "@media (min-width:48rem)", "calc(1rem + 2px)", '"a b" auto',
    ):  # fmt: skip
        assert kept in text


@pytest.mark.parametrize("kind", styles.SHEETS)
def test_each_kind_of_page_has_one_sheet_that_may_be_kept(app: Flask, kind: str) -> None:
    client = app.test_client()
    answer = client.get(f"/styles/{kind}.css")
    assert answer.mimetype == "text/css"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.text.endswith(styles.bundle_styles(kind))  # after the rules of the faces
    assert client.get("/styles/other.css").status_code == 404


def test_pages_name_the_content_of_their_sheet(app: Flask) -> None:
    client = app.test_client()
    found = re.search(r'"(/styles/reading\.css\?v=\w+)"', client.get("/login").text)
    assert found
    assert "immutable" in client.get(found[1]).headers["Cache-Control"]
