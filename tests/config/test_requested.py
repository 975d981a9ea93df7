"""sources.d/requested.toml: written at once or not at all, what others wrote in it stays."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread

import pytest

from aggregator import config
from aggregator.config.requested import RequestedSources
from aggregator.errors import ConfigError, ConfigNotWritable
from aggregator.types import LocalizedName
from tests.builders import a_source

CONFIG = (
    '[[source]]\nslug = "hespress"\nname = "H"\nfeeds = [ { url = "https://h.example/feed" } ]\n'
)


@pytest.fixture
def file(tmp_path: Path) -> RequestedSources:
    (tmp_path / "config.toml").write_text(CONFIG)
    return RequestedSources(tmp_path / "config.toml", {})


def slugs(file: RequestedSources) -> list[str]:
    settings = config.load(file.path.parents[1] / "config.toml", {})
    return [source.slug for source in settings.source]


def test_a_source_survives_the_file(file: RequestedSources) -> None:
    spec = a_source("new", name=config.source_specs(config.parse(CONFIG, "c", {}))[0].name)
    assert file.add(spec) == spec
    assert file.find("http://www.new.example/feed/") == spec


def test_what_others_wrote_stays(file: RequestedSources) -> None:
    file.add(a_source("one"))
    mine = file.path.read_text() + '# mine\n[[source]]\nslug = "mine"\nname = "M"\n'
    mine += 'feeds = [ { url = "https://mine.example/" } ]'  # without a line end
    file.path.write_text(mine)
    file.path.chmod(0o640)
    file.add(a_source("two"))
    assert file.path.read_text().startswith(mine)
    assert slugs(file) == ["hespress", "one", "mine", "two"]
    assert file.path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(file.path.parent) == ["requested.toml"]


def test_a_feed_that_is_configured_is_not_written_again(file: RequestedSources) -> None:
    assert file.add(a_source("other", "http://www.h.example/feed/")).slug == "hespress"
    assert not file.path.exists()


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "سطر\nجديد", "\x7f", "]] # x", "{ }"])
def test_whatever_a_feed_is_called(file: RequestedSources, name: str) -> None:
    spec = a_source("new", name=LocalizedName(name, name, name))
    assert file.add(spec) == spec
    assert file.find("https://new.example/feed") == spec


def test_a_source_that_the_config_refuses_is_not_written(file: RequestedSources) -> None:
    with pytest.raises(ConfigError, match=r"requested\.toml:5: .*taken by the source in"):
        file.add(a_source("hespress", "https://other.example/feed"))
    assert not file.path.exists()


def test_many_at_the_same_time(file: RequestedSources) -> None:
    names = [f"s{number}" for number in range(8)]
    threads = [Thread(target=file.add, args=(a_source(name),)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slugs(file)) == ["hespress", *names]


def test_a_folder_that_cannot_be_made(file: RequestedSources) -> None:
    file.path.parent.write_text("a file of that name")
    with pytest.raises(ConfigNotWritable):
        file.add(a_source("new"))


def test_a_file_that_cannot_be_replaced(
    file: RequestedSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a read-only disk, which root may not write either."""
    file.add(a_source("one"))
    before = file.path.read_text()

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ConfigNotWritable, match="Read-only file system"):
        file.add(a_source("two"))
    assert file.path.read_text() == before
    assert os.listdir(file.path.parent) == ["requested.toml"]


def test_an_edit_that_comes_between_is_kept(
    file: RequestedSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.add(a_source("one"))
    edits = [file.path.read_text() + "# edited\n"]
    read = RequestedSources._text

    def text(self: RequestedSources) -> str:
        """Read it; somebody saves the file in an editor after the first time."""
        found = read(self)
        if edits:
            self.path.write_text(edits.pop())
        return found

    monkeypatch.setattr(RequestedSources, "_text", text)
    file.add(a_source("two"))
    assert "# edited" in file.path.read_text()
    assert slugs(file) == ["hespress", "one", "two"]


def test_a_link_stays_a_link(file: RequestedSources, tmp_path: Path) -> None:
    file.path.parent.mkdir()
    real = tmp_path / "elsewhere.toml"
    real.write_text("")
    file.path.symlink_to(real)
    file.add(a_source("new"))
    assert file.path.is_symlink()
    assert "new" in real.read_text()
