"""The shape of config.toml: sections, keys, defaults."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from aggregator.config.values import (
    BaseUrl,
    Country,
    DatabaseUrl,
    Duration,
    HeaderName,
    Host,
    HttpUrl,
    Hub,
    Issuer,
    Keep,
    Language,
    Names,
    Networks,
    Port,
    Proxies,
    ReplicaUrl,
    Section,
    SectionNames,
    ShortDuration,
    Size,
    Slug,
    SocketPath,
    Text,
    Timezone,
    Token,
    TrustedProxies,
    as_tuple,
    base_path,
)
from aggregator.types.names import Role
from aggregator.types.owners import OwnerKind
from aggregator.types.sections import SECTIONS

# Maximum web processes where the file leaves their number to the machine.
MAX_DEFAULT_WORKERS = 4


class _Table(BaseModel):
    # Deferred: only the whole file is validated, not each table by itself (15 ms of a start).
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=False, defer_build=True
    )


class DatabaseModel(_Table):
    """[database]"""

    url: DatabaseUrl = "sqlite:///marsad.db"
    read_url: ReplicaUrl = ""
    backups: str = "backups"
    keep_backups: Annotated[int, Field(ge=1, le=100)] = 3

    @model_validator(mode="after")
    def _has_a_primary(self) -> DatabaseModel:
        if self.read_url and self.url.startswith("sqlite"):
            raise ValueError(
                "read_url is a standby of PostgreSQL, but url is SQLite; leave out read_url, or "
                "move to PostgreSQL with marsad copy"
            )
        return self


# As in config.example.toml.
DEFAULT_BASE_URL = "http://127.0.0.1:8000"


class WebModel(_Table):
    """[web]"""

    host: Host = "127.0.0.1"
    port: Port = 8000
    socket: SocketPath = ""
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    base_url: BaseUrl = DEFAULT_BASE_URL
    public_reading: bool = True
    registration: Literal["closed", "invite", "open"] = "closed"
    timezone: Timezone = "Africa/Casablanca"
    hub: Hub = ""
    trusted_proxies: TrustedProxies = ()
    metrics_token: Token = ""

    @property
    def base_path(self) -> str:
        """The path below which the site is served, as "/news"; empty at the root of a host."""
        return base_path(self.base_url)

    @property
    def worker_count(self) -> int:
        """How many web processes share the port."""
        return self.workers or min(os.cpu_count() or 1, MAX_DEFAULT_WORKERS)

    @property
    def local_url(self) -> str:
        """Where a browser, or a proxy if it is a socket, finds the pages on this machine."""
        if self.socket:
            return f"unix:{self.socket}"
        host = "127.0.0.1" if self.host in ("", "0.0.0.0", "::") else self.host  # noqa: S104 (compared, not bound)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def address(self) -> str:
        """The base of links that commands print: `base_url`, or where the site is served if that
        has its default, as in a copied config.example.toml whose port was changed.
        """
        if self.socket or self.base_url != DEFAULT_BASE_URL:
            return self.base_url
        return self.local_url


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


class SignInModel(_Table):
    """[sign_in]"""

    require_second_factor: Annotated[tuple[Role, ...], BeforeValidator(as_tuple)] = ()
    secret_key: Token = ""


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


class _RoleTable(_Table):
    """Which groups of an organisation have which role; `readers` empty: everyone reads."""

    readers: Names = ()
    editors: Names = ()
    operators: Names = ()

    @property
    def has_groups(self) -> bool:
        """Whether any role depends on a group."""
        return bool(self.readers or self.editors or self.operators)

    def require_groups(self, setting: str, value: str) -> None:
        """Raise ValueError if groups are listed and never read, or read and none is listed."""
        if self.has_groups and not value:
            raise ValueError(f"lists groups that nothing tells; say where they are in {setting}")
        if value and not self.has_groups:
            raise ValueError(
                f"has {setting}, but no group with a role; list some in readers, editors or "
                "operators"
            )


class OidcModel(_RoleTable):
    """[oidc]"""

    issuer: Issuer = ""
    client_id: str = ""
    client_secret: str = ""
    client_secret_file: str = ""
    name: Annotated[NameModel | None, BeforeValidator(_name)] = None
    scopes: Names = ("openid", "profile")
    create_accounts: bool = False
    roles_claim: str = ""
    sign_out: bool = True

    @model_validator(mode="after")
    def _is_complete(self) -> OidcModel:
        if self.issuer and not self.client_id:
            raise ValueError("has no client_id; write the one that the provider gave this site")
        if self.client_secret and self.client_secret_file:
            raise ValueError("has two secrets; write client_secret or client_secret_file")
        if "openid" not in self.scopes:
            raise ValueError('does not ask for the scope "openid"; add it to scopes')
        self.require_groups("roles_claim", self.roles_claim)
        return self


class TrustedHeaderModel(_RoleTable):
    """[trusted_header]"""

    proxies: Proxies = ()
    user: HeaderName = "Remote-User"
    groups: HeaderName = ""
    create_accounts: bool = False
    sign_out_url: Hub = ""

    @model_validator(mode="after")
    def _is_complete(self) -> TrustedHeaderModel:
        if self.proxies and not self.user:
            raise ValueError('names no header of the user; write user = "Remote-User"')
        self.require_groups("groups", self.groups)
        return self


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
    oidc: OidcModel = OidcModel()
    trusted_header: TrustedHeaderModel = TrustedHeaderModel()
    sign_in: SignInModel = SignInModel()
    log: LogModel = LogModel()
    owner: Annotated[tuple[OwnerModel, ...], BeforeValidator(as_tuple)] = ()
    source: Annotated[tuple[SourceModel, ...], BeforeValidator(as_tuple)] = ()
    pack: Annotated[tuple[PackModel, ...], BeforeValidator(as_tuple)] = ()
