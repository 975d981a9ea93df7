"""The TOML file -> frozen `Settings`; every problem in it, with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from aggregator.config.files import (
    ConfigFiles,
    ConfigText,
    foreign_tables,
    parse_text,
    read_sources,
    read_text,
)
from aggregator.config.owners import owner_problems
from aggregator.config.problems import describe_errors, did_you_mean, find_repeats
from aggregator.config.schema import NameModel
from aggregator.config.schema import SettingsModel as Settings
from aggregator.config.secret_files import with_client_secret, with_texts_of_files
from aggregator.config.tables import table_path, table_problems
from aggregator.errors import ConfigError, ConfigProblem
from aggregator.process.feeds.schedule import PollPolicy
from aggregator.types import FeedSpec, LocalizedName, Owner, PackSpec, SourceSpec

Network = IPv4Network | IPv6Network

ENV_PREFIX = "MARSAD_"


def load(
    path: Path, environ: Mapping[str, str], pending: Mapping[Path, str] | None = None
) -> Settings:
    """Read and check a config file, those of `sources.d` beside it, and the overrides in `environ`.

    Overrides are `MARSAD_SECTION__KEY`; `pending` are texts that files of `sources.d` are about to
    have, by path. Raises `ConfigError` with every problem found, in the order of the files.
    """
    main = parse_text(read_text(path), str(path))
    settings, overrides = _check(main, read_sources(path, pending or {}), environ)
    settings = with_client_secret(settings, path, main, overrides.names)
    settings = _with_database_beside(settings, path)
    return _with_tables_beside(_with_backups_beside(settings, path), path)


def parse(text: str, file: str, environ: Mapping[str, str]) -> Settings:
    """As `load`, from the text of one file named `file` in messages."""
    return _check(parse_text(text, file), [], environ)[0]


def _check(
    main: ConfigText, sources: Sequence[ConfigText], environ: Mapping[str, str]
) -> tuple[Settings, _Overrides]:
    files = ConfigFiles(main, sources)
    overrides = _override(files.raw, environ)
    in_files = find_repeats(files) + owner_problems(files) + foreign_tables(sources)
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(files.raw, strict=True)
    except ValidationError as error:
        in_files += describe_errors(error, files, overrides.names)
    problems = overrides.problems + sorted(in_files, key=files.sort_key)
    problems += table_problems(files.raw, main.file, main.lines, overrides.names)
    if problems or settings is None:
        raise ConfigError(tuple(problems))
    return settings, overrides


def _with_database_beside(settings: Settings, path: Path) -> Settings:
    """`settings` with a relative SQLite path resolved against the folder of the config file.

    Against the current folder, a command from cron would work on another, empty database. Raises
    `ConfigError` if the folder cannot be part of a database URL.
    """
    scheme, slashes, name = settings.database.url.partition(":///")
    if not scheme.startswith("sqlite") or not slashes or not name or name.startswith(":"):
        return settings
    folder = path.absolute().parent
    if "?" in str(folder) and not name.startswith("/"):  # the name would end there
        message = f'a database URL cannot lead into {folder}: it has a "?"'
        hint = "rename the folder, or name a database elsewhere"
        raise ConfigError((ConfigProblem(str(path), None, "database.url", message, hint),))
    url = f"{scheme}:///{folder / name}"  # an absolute name stays as it is
    return settings.model_copy(
        update={"database": settings.database.model_copy(update={"url": url})}
    )


def _with_backups_beside(settings: Settings, path: Path) -> Settings:
    """`settings` with the folder of backups resolved against the folder of the config file."""
    if not settings.database.backups:
        return settings
    folder = str(path.absolute().parent / settings.database.backups)
    return settings.model_copy(
        update={"database": settings.database.model_copy(update={"backups": folder})}
    )


def _with_tables_beside(settings: Settings, path: Path) -> Settings:
    """`settings` with the tables' paths resolved against the folder of the config file."""
    tables = tuple(str(table_path(name, path)) for name in settings.search.tables)
    search = settings.search.model_copy(update={"tables": tables})
    return settings.model_copy(update={"search": search})


def search_tables(settings: Settings) -> tuple[Path, ...]:
    """`search.tables` as paths."""
    return tuple(map(Path, settings.search.tables))


def networks(settings: Settings) -> tuple[Network, ...]:
    """`polling.allow_networks` as network objects."""
    return tuple(ip_network(text) for text in settings.polling.allow_networks)


def poll_policy(settings: Settings) -> PollPolicy:
    """When to poll."""
    return PollPolicy(settings.polling.min_interval, settings.polling.max_interval)


def owner_specs(settings: Settings) -> tuple[Owner, ...]:
    """The owners in file order, as the layers below use them."""
    return tuple(
        Owner(
            slug=owner.slug,
            name=_localized(owner.name),
            kind=owner.kind,
            source_url=owner.source_url,
            parents=owner.parents,
        )
        for owner in settings.owner
    )


def source_specs(settings: Settings) -> tuple[SourceSpec, ...]:
    """The sources in file order, as the layers below use them.

    A source that does not say whose it is has the ownership that its owner's kind says.
    """
    kinds = {owner.slug: owner.kind for owner in settings.owner}
    return tuple(
        SourceSpec(
            slug=source.slug,
            name=_localized(source.name),
            country=source.country,
            language=source.language,
            ownership=source.ownership or kinds.get(source.owner or ""),
            owner=source.owner,
            timezone=source.timezone,
            site=source.site or "",
            feeds=tuple(FeedSpec(feed.url, feed.section) for feed in source.feeds),
        )
        for source in settings.source
    )


def pack_specs(settings: Settings) -> tuple[PackSpec, ...]:
    """The packs in file order, as the layers below use them."""
    return tuple(
        PackSpec(
            slug=pack.slug,
            name=_localized(pack.name),
            sources=pack.sources,
            topics=pack.topics,
            country=pack.country,
            language=pack.language,
            section=pack.section,
        )
        for pack in settings.pack
    )


def _localized(name: NameModel) -> LocalizedName:
    return LocalizedName(name.get("ar"), name.get("fr"), name.get("en"))


# --- overrides -------------------------------------------------------------------------------


class _Overrides:
    """Which settings came from the environment, and which variables match no setting."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, ...], str] = {}
        self.problems: list[ConfigProblem] = []


def _override(raw: dict[str, Any], environ: Mapping[str, str]) -> _Overrides:
    """Put `MARSAD_SECTION__KEY` values into `raw`, with the type of the setting.

    `MARSAD_SECTION__KEY_FILE` names a file that holds the value.
    """
    overrides = _Overrides()
    known = {
        f"{ENV_PREFIX}{section}__{key}".upper(): (section, key)
        for section, model in _sections().items()
        for key in model.model_fields
    }
    values, overrides.problems = with_texts_of_files(environ, known)
    for name in sorted(values):
        if not name.startswith(ENV_PREFIX) or "__" not in name:
            continue
        if name not in known:
            problem = ConfigProblem(name, None, "", "no such setting", did_you_mean(name, known))
            overrides.problems.append(problem)
            continue
        section, key = known[name]
        table = raw.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = _typed(values[name], _sections()[section], key)
            overrides.names[section, key] = name if name in environ else f"{name}_FILE"
    return overrides


def _sections() -> dict[str, type[BaseModel]]:
    return {
        name: info.annotation
        for name, info in Settings.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
    }


def _typed(value: str, model: type[BaseModel], key: str) -> Any:
    annotation = model.model_fields[key].annotation
    if annotation in (int, bool):
        try:
            return tomllib.loads(f"value = {value.strip().lower()}")["value"]
        except tomllib.TOMLDecodeError:
            return value
    if str in get_args(annotation):  # a list of strings: a TOML list, or values between commas
        if value.strip().startswith("["):
            try:
                return tomllib.loads(f"value = {value}")["value"]
            except tomllib.TOMLDecodeError:
                return value
        return [part.strip() for part in value.split(",") if part.strip()]
    return value
