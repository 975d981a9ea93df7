"""The shape of config.toml: sections, keys, defaults."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from aggregator.config.values import (
    BaseUrl,
    Country,
    DatabaseUrl,
    Duration,
    Host,
    HttpUrl,
    Hub,
    Keep,
    Language,
    Names,
    Networks,
    Port,
    Section,
    SectionNames,
    ShortDuration,
    Size,
    Slug,
    Text,
    Timezone,
    Token,
    as_tuple,
)
from aggregator.types.owners import OwnerKind
from aggregator.types.sections import SECTIONS


class _Table(BaseModel):
    # Deferred: only the whole file is validated, not each table by itself (15 ms of a start).
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=False, defer_build=True
    )


class DatabaseModel(_Table):
    """[database]"""

    url: DatabaseUrl = "sqlite:///marsad.db"


class WebModel(_Table):
    """[web]"""

    host: Host = "127.0.0.1"
    port: Port = 8000
    base_url: BaseUrl = "http://127.0.0.1:8000"
    public_reading: bool = True
    registration: Literal["closed", "invite", "open"] = "closed"
    timezone: Timezone = "Africa/Casablanca"
    hub: Hub = ""
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    metrics_token: Token = ""

    @property
    def local_url(self) -> str:
        """Where a browser on this machine finds the pages."""
        host = "127.0.0.1" if self.host in ("", "0.0.0.0", "::") else self.host  # noqa: S104 (compared, not bound)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def address(self) -> str:
        """The base of links for other people: as configured, else as served."""
        return self.base_url.rstrip("/") if "base_url" in self.model_fields_set else self.local_url


class PollingModel(_Table):
    """[polling]"""

    min_interval: Duration = timedelta(minutes=5)
    max_interval: Duration = timedelta(hours=4)
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 64
    per_host: Annotated[int, Field(ge=1, le=1000)] = 2
    per_host_gap: ShortDuration = timedelta(milliseconds=250)
    timeout: Duration = timedelta(seconds=20)
    max_feed_size: Size = 10 * 1024**2
    allow_networks: Networks = ()
    workers: Annotated[int, Field(ge=0, le=64)] = 0
    contact: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> PollingModel:
        if self.min_interval > self.max_interval:
            raise ValueError("min_interval is longer than max_interval; make it the shorter one")
        return self


class RetentionModel(_Table):
    """[retention]"""

    keep: Keep = None
    audit: Keep = timedelta(days=365)


class FrontModel(_Table):
    """[front]"""

    sections: SectionNames = SECTIONS
    categories: dict[Section, Names] = {}


class SearchModel(_Table):
    """[search]"""

    tables: Names = ()


class RequestsModel(_Table):
    """[requests]"""

    per_reader: Annotated[int, Field(ge=0, le=1000)] = 5


class MailModel(_Table):
    """[mail]"""

    host: str = ""
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = ""
    sender: str = ""

    @model_validator(mode="after")
    def _has_sender(self) -> MailModel:
        if self.host and "@" not in self.sender:
            raise ValueError('sender must be an address, such as "marsad@example.org"')
        return self


class LogModel(_Table):
    """[log]"""

    format: Literal["text", "json"] = "text"


class NameModel(_Table):
    """A name in up to three languages; missing ones are filled from the others."""

    ar: Text | None = None
    fr: Text | None = None
    en: Text | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> NameModel:
        if not (self.ar or self.fr or self.en):
            raise ValueError('is empty; write { ar = "…", fr = "…", en = "…" }, one at least')
        return self

    def get(self, language: Literal["ar", "fr", "en"]) -> str:
        """The name in `language`, else in the nearest language available."""
        latin = (self.en, self.fr) if language == "en" else (self.fr, self.en)
        order = (self.ar, *latin) if language == "ar" else (*latin, self.ar)
        return next(name for name in order if name)


def _name(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) and value else value


class FeedModel(_Table):
    """One of `feeds = [ … ]`"""

    url: HttpUrl
    section: Annotated[Text, Field(max_length=60)] = "general"


class SourceModel(_Table):
    """[[source]]"""

    slug: Slug
    name: Annotated[NameModel, BeforeValidator(_name)]
    country: Country = "MA"
    language: Language = "ar"
    ownership: OwnerKind | None = None
    owner: Slug | None = None
    timezone: Timezone = "Africa/Casablanca"
    site: HttpUrl | None = None
    feeds: Annotated[tuple[FeedModel, ...], BeforeValidator(as_tuple), Field(min_length=1)]


class OwnerModel(_Table):
    """[[owner]]"""

    slug: Slug
    name: Annotated[NameModel, BeforeValidator(_name)]
    kind: OwnerKind
    parents: Annotated[tuple[Slug, ...], BeforeValidator(as_tuple)] = ()
    source_url: HttpUrl


class PackModel(_Table):
    """[[pack]]"""

    slug: Slug
    name: Annotated[NameModel, BeforeValidator(_name)]
    sources: Annotated[tuple[Slug, ...], BeforeValidator(as_tuple)] = ()
    topics: Annotated[tuple[Slug, ...], BeforeValidator(as_tuple)] = ()
    country: Country | None = None
    language: Language | None = None
    section: Annotated[Text, Field(max_length=60)] | None = None

    @model_validator(mode="after")
    def _has_contents(self) -> PackModel:
        if not (self.sources or self.topics or self.country or self.language or self.section):
            raise ValueError(
                "names nothing to follow; add sources, topics, a country, a language or a section"
            )
        return self


class SettingsModel(_Table):
    """A whole config.toml"""

    database: DatabaseModel = DatabaseModel()
    web: WebModel = WebModel()
    polling: PollingModel = PollingModel()
    retention: RetentionModel = RetentionModel()
    front: FrontModel = FrontModel()
    search: SearchModel = SearchModel()
    requests: RequestsModel = RequestsModel()
    mail: MailModel = MailModel()
    log: LogModel = LogModel()
    owner: Annotated[tuple[OwnerModel, ...], BeforeValidator(as_tuple)] = ()
    source: Annotated[tuple[SourceModel, ...], BeforeValidator(as_tuple)] = ()
    pack: Annotated[tuple[PackModel, ...], BeforeValidator(as_tuple)] = ()
