"""marsad check-config --online: what it says of each kind of feed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from tests.publisher import Publisher, rss

PAGE = (
    b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" '
    b'title="Flux &amp; co" href="/real"></head><body>Sign in</body></html>'
)
CHALLENGE = b"<!doctype html><html><script>window._cf_chl_opt={}</script></html>"
OLD = (
    '<rss version="2.0"><channel><title>قديمة</title><item><title>خبر</title><guid>1</guid>'
    "<pubDate>Mon, 01 Jan 2024 08:00:00 +0000</pubDate></item></channel></rss>"
).encode()


@pytest.fixture(scope="module")
def publisher() -> Iterator[Publisher]:
    with Publisher() as running:
        running.serve("/good", rss(3))
        running.serve("/page", PAGE, Content_Type="text/html")
        running.serve("/old", OLD)
        running.serve("/wall", CHALLENGE, "403 Forbidden", Content_Type="text/html")
        running.serve("/moved", b"", "301 Moved", Location="/good")
        running.serve("/damaged", rss(3).replace(b"</rss>", b"</rs"))
        running.serve("/closed", b"", "410 Gone")
        yield running


def check(tmp_path: Path, publisher: Publisher, *paths: str, flags: str = "--online") -> Result:
    sources = "".join(
        f'[[source]]\nslug = "{path.strip("/")}"\nname = "X"\n'
        f'feeds = [ {{ url = "{publisher.url(path)}" }} ]\n'
        for path in paths
    )
    config = tmp_path / "config.toml"
    config.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/never.db"\n[polling]\ntimeout = "2s"\n'
        f'workers = 1\nallow_networks = ["127.0.0.0/8"]\n{sources}'
    )
    arguments = ["--config", str(config), "check-config", *flags.split()]
    return CliRunner().invoke(main, arguments, obj=None)


def test_readable_feeds_are_fine_and_nothing_is_stored(
    tmp_path: Path, publisher: Publisher
) -> None:
    result = check(tmp_path, publisher, "/good", "/old", "/moved", "/damaged")
    assert result.exit_code == 0, result.output
    assert "feeds: 4; 1 healthy, 0 cannot be read" in result.stdout
    assert f"good: {publisher.url('/good')}\n" not in result.stdout
    assert "silent for" in result.stdout
    assert f"moved permanently to {publisher.url('/good')}" in result.stdout
    assert "damaged: " in result.stdout
    assert "3 entries, none with a date" in result.stdout
    assert not (tmp_path / "never.db").exists()


def test_unreadable_ones_are_diagnosed(tmp_path: Path, publisher: Publisher) -> None:
    result = check(tmp_path, publisher, "/good", "/page", "/closed", "/none", "/wall")
    assert result.exit_code == 1
    assert "refused: The publisher asks for a human" in result.stdout
    assert "challenge: the publisher asks for a human (Cloudflare)" in result.stdout
    assert f"the page advertises: Flux & co {publisher.url('/real')}" in result.stdout
    assert "permanently closed this address" in result.stdout
    assert "not_found: HTTP 404" in result.stdout
    assert "-> " in result.stdout
    assert "feeds: 5; 1 healthy, 4 cannot be read" in result.stdout


def test_json_has_all_of_it(tmp_path: Path, publisher: Publisher) -> None:
    result = check(tmp_path, publisher, "/good", "/page", "/old", flags="--online --json")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert (said["ok"], said["sources"], said["feeds"]) == (False, 3, 3)
    good, page, old = said["probes"]
    assert (good["state"], good["readable"], good["entries"]) == ("healthy", True, 3)
    assert (page["kind"], page["readable"]) == ("html", False)
    assert page["advertised"] == [{"title": "Flux & co", "url": publisher.url("/real")}]
    assert page["sentence"]
    assert page["advice"]
    assert (old["state"], old["newest_at"]) == ("silent", "2024-01-01T08:00:00+00:00")
    assert old["silent_days"] > 365


def test_a_wrong_config_is_not_tried(tmp_path: Path, publisher: Publisher) -> None:
    before = len(publisher.requests)
    result = check(tmp_path, publisher, "/good", "/good")
    assert result.exit_code == 2
    assert len(publisher.requests) == before
