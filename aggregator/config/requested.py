"""`sources.d/requested.toml`: where sources go that readers asked for and an operator accepted."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aggregator.config.files import FOLDER, read_text
from aggregator.config.loading import load, source_specs
from aggregator.errors import ConfigNotWritable
from aggregator.parse.source_tables import source_table
from aggregator.process.html.urls import feed_key
from aggregator.types import SourceSpec

FILE = "requested.toml"
_HEAD = (
    "# Sources that readers asked for and an administrator accepted on /operate.\n"
    "# Yours to edit: new ones are added at the end.\n"
)


class RequestedSources:
    """The file beside the config at `config_path`; `environ` as `config.load` takes it."""

    def __init__(self, config_path: Path, environ: Mapping[str, str]) -> None:
        self._config_path = config_path
        self._environ = environ
        self._folder = config_path.parent / FOLDER
        self.path = self._folder / FILE

    def find(self, url: str) -> SourceSpec | None:
        """The configured source with this feed, in any spelling. Raises `ConfigError`."""
        key = feed_key(url)
        settings = load(self._config_path, self._environ)
        for spec in source_specs(settings):
            if any(feed_key(feed.url) == key for feed in spec.feeds):
                return spec
        return None

    def add(self, spec: SourceSpec) -> SourceSpec:
        """Append a source, unless its feed is configured already; what is configured then.

        The new text is loaded with the whole config before it replaces the file at once, so a
        killed process leaves the old file or the new one. One process at a time. Raises
        `ConfigError` if the config would have problems, `ConfigNotWritable`.
        """
        with self._locked():
            found = self.find(spec.feeds[0].url)
            if found is not None:
                return found
            while True:
                before = self._text()
                after = _appended(before, source_table(spec))
                load(self._config_path, self._environ, {self.path: after})
                if self._text() == before:  # nobody saved it in an editor meanwhile
                    self._replace(after)
                    return spec

    def _text(self) -> str:
        return read_text(self.path) if self.path.exists() else ""

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold a lock on the folder, which leaves no file behind."""
        try:
            self._folder.mkdir(exist_ok=True)
            handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise self._not_writable(error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _replace(self, text: str) -> None:
        target = self.path.resolve()  # a link stays a link
        draft = target.with_name(f".{target.name}.new")
        try:
            with draft.open("w", encoding="utf-8") as file:
                if target.exists():
                    os.fchmod(file.fileno(), target.stat().st_mode & 0o777)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if target.exists() and not os.access(target, os.W_OK):
                raise PermissionError("it is read-only")
            draft.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise self._not_writable(error) from error

    def _not_writable(self, error: OSError) -> ConfigNotWritable:
        return ConfigNotWritable(str(self.path), error.strerror or str(error))


def _appended(text: str, table: str) -> str:
    if not text.strip():
        return f"{_HEAD}\n{table}"
    return f"{text.rstrip()}\n\n{table}"


def _sync_folder(folder: Path) -> None:
    """Have the new name of the file survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
