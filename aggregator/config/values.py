"""The values of config.toml: how each kind is written, checked and read."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from aggregator.types.limits import is_slug
from aggregator.types.sections import SECTIONS
from aggregator.urls import parse_web_url

_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_PAUSE = re.compile(r"([0-9]{1,9})(ms|s|m)")
_PAUSE_UNITS = {
    "ms": timedelta(milliseconds=1), "s": timedelta(seconds=1), "m": timedelta(minutes=1),
}  # fmt: skip
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|KiB|MB|MiB|GB|GiB)")
_SIZE_UNITS = {
    "B": 1, "kB": 1000, "KB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2,
    "GB": 1000**3, "GiB": 1024**3,
}  # fmt: skip
_DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql", "postgres", "postgresql+psycopg")
_SPACE = re.compile(r"\s")
# Also in what is no address: rather too much is hidden than too little.
_CREDENTIALS = re.compile(r"^([\"']?(?:[A-Za-z][\w+.-]*:?//?)?).*@", re.DOTALL)
_ORIGIN = re.compile(r"[^:/?#]+://[^/?#]*")
# sockaddr_un of macOS has 104 bytes, that of Linux 108, each with a NUL at the end.
_MAX_SOCKET_PATH = 103
# In the list of trusted proxies: whatever connects to the site's unix socket.
UNIX_PROXY = "unix"
_BASE_PATH = re.compile(r"(?:/[A-Za-z0-9._-]+){0,8}")
# Header names with "_" cannot be told from those with "-" behind WSGI.
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*", re.ASCII)
_LOOPBACK = ("127.0.0.1", "[::1]", "localhost")
_BRACKETED = re.compile(r"\[(.*)\]")


def hide_credentials(text: str) -> str:
    """`text` without what may be a name and password before an "@"."""
    parts = parse_web_url(text) if "@" in text else None
    if "@" not in text or (parts and parts.credentials is None):
        return text
    return _CREDENTIALS.sub(r"\1…@", text)


def parse_duration(text: str) -> timedelta:
    """Read "90s", "5m", "1h30m", "180d", "2w"; ValueError for less than a second or nonsense."""
    match = _DURATION.fullmatch(text)
    if not text or not match:
        raise ValueError(f'"{text}" is not a duration; write "90s", "5m", "4h", "180d" or "1h30m"')
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        duration = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError(f'"{text}" is too long; at most "36500d"') from None
    if duration < timedelta(seconds=1):
        raise ValueError(f'"{text}" is too short; at least "1s"')
    if duration > timedelta(days=36500):
        raise ValueError(f'"{text}" is too long; at most "36500d"')
    return duration


def parse_short_duration(text: str) -> timedelta:
    """Read "0s", "250ms", "2s" or "1m"; ValueError for more than an hour or nonsense."""
    match = _PAUSE.fullmatch(text)
    if not match:
        raise ValueError(f'"{text}" is not a short time; write "0s", "250ms" or "2s"')
    pause = int(match[1]) * _PAUSE_UNITS[match[2]]
    if pause > timedelta(hours=1):
        raise ValueError(f'"{text}" is too long; at most "60m"')
    return pause


def parse_size(text: str) -> int:
    """Read "10MiB", "500kB" as bytes; ValueError outside 1 kB to 1 GB."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ValueError(f'"{text}" is not a size; write "10MiB" or "500KiB"')
    size = int(float(match[1]) * _SIZE_UNITS[match[2]])
    if not 1000 <= size <= 10**9:
        raise ValueError(f'"{text}" is out of range; between "1KiB" and "900MiB"')
    return size


def _duration(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f'{value} has no unit; write "{value}s" or "{value}m", between quotes')
    return parse_duration(value) if isinstance(value, str) else value


def _pause(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f'{value} has no unit; write "{value}s" or "{value}ms", between quotes')
    return parse_short_duration(value) if isinstance(value, str) else value


def _size(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        raise ValueError(f'{value} has no unit; write "{value}B", or for example "10MiB"')
    return parse_size(value) if isinstance(value, str) else value


def _keep(value: Any) -> Any:
    if value == "forever":
        return None
    try:
        return _duration(value)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise ValueError(f'{message}; {hint}, or "forever"') from None


def _database_url(value: str) -> str:
    from sqlalchemy import make_url  # a fifth of a second, for those that name a database
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # their messages quote passwords
        raise ValueError(
            'is not a database URL; write "sqlite:///marsad.db" or '
            '"postgresql://user:password@host/name"'
        ) from None
    if url.get_backend_name() != "sqlite" and value.count("@") > 1:
        # What follows the first @ would be taken for a host, and shown as one.
        raise ValueError("has more than one @; write %40 for an @ in the password")
    if url.drivername not in _DRIVERS:
        raise ValueError(f"{url.drivername} is not supported; use sqlite:///FILE or postgresql://…")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError(
            'a database in memory cannot be shared; name a file, "sqlite:///marsad.db"'
        )
    if url.get_backend_name() == "sqlite" and str(url.database).startswith("file:"):
        raise ValueError('SQLite\'s own "file:" addresses are not supported; name the file')
    return value


def _replica_url(value: str) -> str:
    if value.startswith("sqlite"):
        raise ValueError(
            'a file has no standby servers; write "postgresql://user:password@host/name", or ""'
        )
    return _database_url(value) if value else value


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("contains the character U+0000, which no database stores")
    return value


def _http_url(value: str) -> str:
    parts = None if _SPACE.search(value) else parse_web_url(value)
    if parts is None or parts.port == 0 or "://" not in value:
        shown = hide_credentials(value)
        raise ValueError(f'"{shown}" is not a web address; it begins with http:// or https://')
    if parts.credentials is not None:
        raise ValueError(
            f'"{parts.host}": a name and password cannot stand in an address; leave them out'
        )
    return value


def _base_url(value: str) -> str:
    """An address, with the path below which the site is served, if it is not the root."""
    url = _http_url(value).rstrip("/")
    origin = _ORIGIN.match(url)
    path = url[origin.end() :] if origin else ""
    if not _BASE_PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ValueError(
            f'"{url}" has more than a plain path; write e.g. "https://example.org/news", with '
            "letters, digits, hyphens, dots and underscores"
        )
    return url


def base_path(base_url: str) -> str:
    """The path of a base URL: "/news"; empty at the root of a host."""
    origin = _ORIGIN.match(base_url)
    return base_url[origin.end() :] if origin else ""


def _host(value: str) -> str:
    """An address or a name to listen on; "[::1]" is "::1"."""
    bracketed = _BRACKETED.fullmatch(value.strip())
    host = bracketed[1] if bracketed else value.strip()
    try:
        is_address = ip_address(host).version == 6 or not bracketed
    except ValueError:
        is_address = False
    if ((bracketed or ":" in host) and not is_address) or "/" in host or _SPACE.search(host):
        raise ValueError(
            f'"{hide_credentials(value)}" is not an address to listen on; write e.g. "127.0.0.1", '
            '"::1" or "0.0.0.0", and the port in web.port'
        )
    return host


def _socket_path(value: str) -> str:
    """The path of a unix socket; empty for none."""
    if value and not value.startswith("/"):
        raise ValueError(f'"{value}" is not an absolute path; write e.g. "/run/marsad/web.sock"')
    if len(value.encode()) > _MAX_SOCKET_PATH or "\0" in value:
        raise ValueError(f"is too long for a socket; maximum {_MAX_SOCKET_PATH} bytes")
    return value


def _hub(value: str) -> str:
    return _http_url(value) if value else ""


def _issuer(value: str) -> str:
    """The address of a provider: https, or http on this machine."""
    parts = parse_web_url(_http_url(value)) if value else None
    if parts and parts.scheme != "https" and parts.host not in _LOOPBACK:
        raise ValueError(
            f'"{value}" is not secure: whoever can listen can sign in as anyone; write https://…'
        )
    if "?" in value or "#" in value:
        raise ValueError(f'"{value}" is not an issuer; leave out what follows "?" or "#"')
    return value


def _proxies(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in _networks(tuple(value for value in values if value != "unix")):
        if ip_network(value).prefixlen == 0:
            raise ValueError(f'"{value}" would let anyone in as anyone; name the proxy alone')
    return values


def _header_name(value: str) -> str:
    if value and not _HEADER.fullmatch(value):
        raise ValueError(f'"{value}" is not the name of a header; write e.g. "Remote-User"')
    return value


def _token(value: str) -> str:
    if value and not (len(value) >= 16 and value.isascii() and value.isprintable()):
        raise ValueError("is not a token; write at least 16 letters, digits and signs")
    return value


def _slug(value: str) -> str:
    if not is_slug(value):
        raise ValueError(
            f'"{value}" is not a slug; use lower-case letters a-z, digits and single hyphens'
        )
    return value


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError(
            f'"{value}" is not a country code; two capital letters of ISO 3166, e.g. "MA"'
        )
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}", value):
        raise ValueError(f'"{value}" is not a language code; e.g. "ar", "fr", "en", "zgh"')
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f'"{value}" is not a known time zone; write e.g. "Africa/Casablanca"'
        ) from None
    return value


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            ip_network(value)
        except ValueError as error:
            raise ValueError(
                f'"{value}" is not a network ({error}); write e.g. "127.0.0.0/8"'
            ) from None
    return values


def _trusted_proxies(value: Any) -> Any:
    """A list; the number of proxies that older files have is explained."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value == 0:
            return ()
        raise ValueError(
            "names proxies, and no longer counts them; write their addresses or networks, e.g. "
            '["127.0.0.1", "::1"], or ["unix"] for one that connects to web.socket'
        )
    return as_tuple(value)


def _proxy_addresses(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        try:
            value == UNIX_PROXY or ip_network(value)
        except ValueError as error:
            raise ValueError(
                f'"{value}" is not an address or a network ({error}); write e.g. "127.0.0.1", '
                '"10.0.0.0/8", or "unix" for a proxy that connects to web.socket'
            ) from None
    return values


def _sections(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in SECTIONS:
            raise ValueError(f'"{value}" is not a section; choose from {", ".join(SECTIONS)}')
    if len(set(values)) < len(values):
        raise ValueError("names a section twice; each has one place")
    return values


def _section(value: str) -> str:
    return _sections((value,))[0]


def as_tuple(value: Any) -> Any:
    """A TOML list as the tuple that strict validation asks for; anything else as it is."""
    return tuple(value) if isinstance(value, list) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
ShortDuration = Annotated[timedelta, BeforeValidator(_pause)]
Size = Annotated[int, BeforeValidator(_size)]
Text = Annotated[str, AfterValidator(_text), Field(min_length=1)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Slug = Annotated[str, AfterValidator(_slug)]
Country = Annotated[str, AfterValidator(_country)]
Language = Annotated[str, AfterValidator(_language)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Section = Annotated[str, AfterValidator(_section)]
Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]
SectionNames = Annotated[Names, AfterValidator(_sections)]
Networks = Annotated[Names, AfterValidator(_networks)]
TrustedProxies = Annotated[
    tuple[str, ...], BeforeValidator(_trusted_proxies), AfterValidator(_proxy_addresses)
]
Proxies = Annotated[Names, AfterValidator(_proxies)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
ReplicaUrl = Annotated[str, AfterValidator(_replica_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
Host = Annotated[str, AfterValidator(_host)]
SocketPath = Annotated[str, AfterValidator(_socket_path)]
Hub = Annotated[str, AfterValidator(_hub)]
Issuer = Annotated[str, AfterValidator(_issuer)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Token = Annotated[str, AfterValidator(_token)]
Keep = Annotated[timedelta | None, BeforeValidator(_keep)]
Port = Annotated[int, Field(ge=1, le=65535)]
