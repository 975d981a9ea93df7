"""Secrets in files of their own, as systemd and containers hand them over."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

from aggregator.config.files import ConfigText
from aggregator.config.schema import SettingsModel as Settings
from aggregator.errors import ConfigError, ConfigProblem

_SETTING = ("oidc", "client_secret_file")
_SUFFIX = "_FILE"


def with_texts_of_files(
    environ: Mapping[str, str], known: Container[str]
) -> tuple[dict[str, str], list[ConfigProblem]]:
    """`environ` in which VARIABLE_FILE, a path, has become VARIABLE, the text of that file.

    Only for the `known` variables; beside it, the problems with the files.
    """
    values, problems = dict(environ), []
    for name in sorted(environ):
        variable = name.removesuffix(_SUFFIX)
        if name in known or variable == name or variable not in known:
            continue
        file = Path(values.pop(name))
        text, problem = _read_secret(file)
        if variable in environ:
            problem = f"{variable} is set, too; set one of them"
        if problem:
            problems.append(ConfigProblem(name, None, "", problem))
        else:
            values[variable] = text
    return values, problems


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
    secret, problem = _read_secret(file)
    if problem:
        variable = overridden.get(_SETTING)
        line = None if variable else text.lines.find(_SETTING, name)
        hint = "write the secret of the client into it, and nothing else"
        where = ".".join(_SETTING)
        raise ConfigError((ConfigProblem(variable or text.file, line, where, problem, hint),))
    return settings.model_copy(
        update={"oidc": settings.oidc.model_copy(update={"client_secret": secret})}
    )


def _read_secret(file: Path) -> tuple[str, str]:
    """The text of a file without space around it, and what is wrong with the file, if anything."""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        return "", f"{file} cannot be read: {reason}"
    return text, "" if text else f"{file} is empty"
