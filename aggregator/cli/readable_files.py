"""Warnings about files that other users of this machine could read and should not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.cli.app import App, err

if TYPE_CHECKING:
    from sqlalchemy import URL

    from aggregator.config import Settings


def warn(app: App) -> None:
    """Warn about a config file with a secret in it, and about a SQLite database."""
    for path, content in find(app.config_path, app.settings):
        err.print(
            f"warning: other users of this machine can read {content} in {path}; "
            f"run: chmod 600 {path}",
            markup=False,
        )


def find(config_path: Path, settings: Settings) -> Iterator[tuple[Path, str]]:
    """Files with what other users can read in them, and should not."""
    from aggregator.storage.sqlite_file import others_may_read

    for path, content in _private_files(config_path, settings):
        if others_may_read(path):
            yield path, content


def _private_files(config_path: Path, settings: Settings) -> Iterator[tuple[Path, str]]:
    from sqlalchemy import make_url

    url = make_url(settings.database.url)
    secrets = (
        ("the password", "MARSAD_DATABASE__URL", _has_password(url)),
        (
            "the password of read_url",
            "MARSAD_DATABASE__READ_URL",
            settings.database.read_url and _has_password(make_url(settings.database.read_url)),
        ),
        ("mail.password", "MARSAD_MAIL__PASSWORD", settings.mail.password),
        ("web.metrics_token", "MARSAD_WEB__METRICS_TOKEN", settings.web.metrics_token),
        (
            "oidc.client_secret",
            "MARSAD_OIDC__CLIENT_SECRET",
            settings.oidc.client_secret and not settings.oidc.client_secret_file,
        ),
    )
    in_file = [name for name, variable, value in secrets if value and not _is_given(variable)]
    if in_file:
        yield config_path, in_file[0]
    if settings.oidc.client_secret_file:
        secret_file = config_path.absolute().parent / settings.oidc.client_secret_file
        yield secret_file, "oidc.client_secret"
    if url.get_backend_name() == "sqlite" and url.database:
        path = Path(url.database)
        for suffix in ("", "-wal", "-shm"):
            yield path.with_name(path.name + suffix), "the database"


def _is_given(variable: str) -> bool:
    """Whether a setting comes from the environment, or from a file named there."""
    return variable in os.environ or f"{variable}_FILE" in os.environ


def _has_password(url: URL) -> bool:
    return bool(url.password or url.query.get("password"))
