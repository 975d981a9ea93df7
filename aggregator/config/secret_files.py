"""Secrets in files of their own, as systemd and containers hand them over."""

from __future__ import annotations

from pathlib import Path

from aggregator.config.files import ConfigText
from aggregator.config.schema import SettingsModel as Settings
from aggregator.errors import ConfigError, ConfigProblem

_SETTING = ("oidc", "client_secret_file")


def with_client_secret(
    settings: Settings, path: Path, text: ConfigText, overridden: dict[tuple[str, ...], str]
) -> Settings:
    """`settings` with the secret of `oidc.client_secret_file`, relative to the config at `path`.

    Raises `ConfigError` if it cannot be read or is empty.
    """
    name = settings.oidc.client_secret_file
    if not name:
        return settings
    file = path.absolute().parent / name
    try:
        secret = file.read_text(encoding="utf-8").strip()
        problem = "" if secret else f"{file} is empty"
    except (OSError, UnicodeDecodeError) as error:
        secret = ""
        problem = f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is not text'}"
    if problem:
        variable = overridden.get(_SETTING)
        line = None if variable else text.lines.find(_SETTING, name)
        hint = "write the secret of the client into it, and nothing else"
        where = ".".join(_SETTING)
        raise ConfigError((ConfigProblem(variable or text.file, line, where, problem, hint),))
    return settings.model_copy(
        update={"oidc": settings.oidc.model_copy(update={"client_secret": secret})}
    )
