"""Every error that Marsad raises on purpose.

    MarsadError
    ├── ConfigError                 the TOML file or a setting is wrong (all problems at once)
    ├── ConfigNotWritable           a source cannot be written into the config
    ├── FetchError                  a feed could not be read over the network
    │   ├── AddressRefused          its address is private or otherwise not to be polled
    │   └── HostBackedOff           its host wants to be left alone: nothing was sent
    ├── ParseError                  what was read is not a feed
    ├── StorageError
    │   ├── NotFound                no such source, entry, tag, user …
    │   │   ├── TopicGone           … a topic that editors deleted
    │   │   ├── UndoExpired         … or a change that can no longer be undone
    │   │   └── InvalidLink         … or a link that was used or revoked, or has expired
    │   ├── Conflict                it already exists, or somebody else changed it
    │   │   └── NameTaken           there is already an account with this name
    │   │   └── TopicChanged        … since this editor opened the topic
    │   ├── LeaseLost               another poller took the feed over
    │   └── SchemaMismatch          the database is newer than this program
    ├── InvalidInput                input that cannot be used
    ├── QueryError                  a query of the search language cannot be understood
    ├── FeedCommandError            a feed cannot be polled now, resumed or moved as asked
    ├── PermissionDenied            the person's role does not allow it
    ├── TokenScopeMissing           the API token does not allow it
    ├── LastOperator                the site would have no operator
    ├── LastSignIn                  nobody could sign in to the account any more
    ├── RegistrationClosed          people cannot register here
    ├── SecondFactorNeeded          the person's role needs a second factor, and there was none
    ├── ConfirmationNeeded          the password has to be asked again first
    ├── SignInRefused               wrong name or password (never says which)
    │   ├── AppPasswordNeeded       … or the account's password, from an app
    │   ├── ProviderRefused         a sign-in by a provider came to nothing, for the reason in `key`
    │   ├── ProviderUnavailable     … as the provider does not answer as it should
    │   ├── PasskeyRefused          … or a passkey that is unknown, revoked or answers wrongly
    │   ├── CodeRefused             … or a second factor that is wrong, was used, or took too long
    │   └── TooManyAttempts         … and too often
    ├── TooManyRequests             one address asks for more than its share
    ├── ResearchTooCostly           a series takes longer to count than a page may
    ├── ListenError                 the site's port or socket cannot be opened
    └── BackupError                 a backup could not be made or restored
        └── CopyError               … or a database copied into another

Every error has a `key`, the translation key of its sentence for people; the sentence in `str()`
is English, for the terminal and the logs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


class MarsadError(Exception):
    """Base of all errors; `key` names its sentence in `web/locale`."""

    key = "error.internal"


@dataclass(frozen=True)
class ConfigProblem:
    """One problem in a config file. `line` is 1-based, None for an override."""

    file: str
    line: int | None
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        head = (
            f"{place}: {self.where}: {self.message}" if self.where else f"{place}: {self.message}"
        )
        return f"{head}; {self.hint}" if self.hint else head


class ConfigError(MarsadError):
    """The configuration cannot be used; `problems` lists everything wrong with it."""

    key = "error.config"

    def __init__(self, problems: tuple[ConfigProblem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class ConfigNotWritable(MarsadError):
    """A source cannot be written into a file of the config; `path` is empty if there is none."""

    key = "error.config_file"

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be written: {reason}")


class FetchError(MarsadError):
    """A feed could not be fetched.

    `kind` is one of `FETCH_KINDS`, `status` the HTTP status if there was one, `retry_after` how
    long the publisher wants to be left alone, `authority` the host and port that wants it for all
    of its feeds ("" if it concerns only this feed).
    """

    key = "error.fetch"

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        status: int | None = None,
        retry_after: timedelta | None = None,
        authority: str = "",
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.status = status
        self.retry_after = retry_after
        self.authority = authority
        super().__init__(f"{kind}: {detail}")


FETCH_KINDS = (
    "invalid_url",
    "address_refused",
    "dns",
    "connection",
    "tls",
    "timeout",
    "too_large",
    "redirect",
    "bad_response",
    "empty",
    "unauthorized",
    "forbidden",
    "challenge",
    "not_found",
    "gone",
    "rate_limited",
    "server_error",
    "http_status",
)


class AddressRefused(FetchError):
    """The host resolves to an address that Marsad does not poll (private, loopback, …)."""

    def __init__(self, host: str, address: str, reason: str = "is not a public address") -> None:
        self.host = host
        self.address = address
        shown = host if host == address else f"{host} is {address}, which"
        super().__init__("address_refused", f"{shown} {reason}")


class HostBackedOff(FetchError):
    """No request was sent: the host wants to be left alone for another `wait`. Not a failure."""

    def __init__(self, authority: str, wait: timedelta) -> None:
        self.wait = wait
        detail = f"{authority} asked to be left alone"
        super().__init__("rate_limited", detail, retry_after=wait, authority=authority)


class ParseError(MarsadError):
    """What was read is not a feed. `kind` is one of `PARSE_KINDS`."""

    key = "error.parse"

    def __init__(
        self, kind: str, detail: str, *, advertised: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.advertised = advertised
        """(title, URL) of the feeds that an HTML page advertises."""
        super().__init__(f"{kind}: {detail}")

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_parse_error, (self.kind, self.detail, self.advertised))


def _rebuild_parse_error(
    kind: str, detail: str, advertised: tuple[tuple[str, str], ...]
) -> ParseError:
    """Lets an error with keyword arguments cross a process boundary."""
    return ParseError(kind, detail, advertised=advertised)


PARSE_KINDS = ("empty", "html", "not_a_feed", "undecodable", "parse_timeout", "parser_died")


class StorageError(MarsadError):
    """The database refused a change or has no such row."""

    key = "error.storage"


class NotFound(StorageError):
    """No such `noun` (source, entry, tag …) under that `name`."""

    key = "error.not_found"

    def __init__(self, noun: str, name: object) -> None:
        self.noun = noun
        self.name = name
        super().__init__(f"no such {noun}: {name}")


class TopicGone(NotFound):
    """The topic with that slug was published once, then deleted."""

    key = "error.topic_gone"

    def __init__(self, slug: str) -> None:
        super().__init__("topic", slug)


class UndoExpired(NotFound):
    """The change behind `token` can no longer be undone: it was superseded or is too old."""

    key = "error.undo"

    def __init__(self, token: str) -> None:
        super().__init__("undo", token)


class InvalidLink(NotFound):
    """An invitation or setup link that was used or revoked, or has expired."""

    key = "error.link"

    def __init__(self) -> None:
        super().__init__("link", "")


class Conflict(StorageError):
    """A `noun` with that `name` exists already."""

    key = "error.conflict"

    def __init__(self, noun: str, name: object) -> None:
        self.noun = noun
        self.name = name
        super().__init__(f"this {noun} exists already: {name}")


class NameTaken(Conflict):
    """There is already an account with this name."""

    key = "error.name_taken"


class TopicChanged(Conflict):
    """Topic `topic_id` was saved after revision `base`, on which this change was based."""

    key = "error.topic_changed"

    def __init__(self, topic_id: int, base: int) -> None:
        self.topic_id = topic_id
        self.base = base
        super().__init__("revision", base + 1)


class LeaseLost(StorageError):
    """Another poller holds the feed now; nothing read from it is stored."""

    key = "error.lease_lost"

    def __init__(self, feed_id: int) -> None:
        self.feed_id = feed_id
        super().__init__(f"the lease on feed {feed_id} went to another poller")


class SchemaMismatch(StorageError):
    """The database was made by a newer Marsad than this one, or is not complete."""

    key = "error.schema"

    def __init__(self, revision: str, message: str) -> None:
        self.revision = revision
        super().__init__(message)


class InvalidInput(MarsadError):
    """Input cannot be used; `key` says why, `field` where."""

    def __init__(self, key: str, message: str, *, field: str = "") -> None:
        self.key = key
        self.field = field
        super().__init__(message)


@dataclass(frozen=True)
class QueryProblem:
    """Characters `start` to `end` of a query cannot be understood.

    `key` names the sentence, `found` is what is there, `expected` what could be.
    """

    key: str
    start: int
    end: int
    found: str = ""
    expected: tuple[str, ...] = ()


class QueryError(MarsadError):
    """A query cannot be understood; `problem` says where, why and what would work."""

    def __init__(self, problem: QueryProblem) -> None:
        self.problem = problem
        self.key = problem.key
        place = f"characters {problem.start} to {problem.end}"
        super().__init__(f"{problem.key}: {place}: {problem.found!r}")


class FeedCommandError(MarsadError):
    """An operator's command for feed `feed_id` cannot be carried out; `key` says why.

    `until` is set if it can be later: the publisher wants to be left alone until then.
    """

    def __init__(
        self, key: str, feed_id: int, message: str, *, until: datetime | None = None
    ) -> None:
        self.key = key
        self.feed_id = feed_id
        self.until = until
        super().__init__(message)


class PermissionDenied(MarsadError):
    """The person's role does not include `permission`."""

    key = "error.permission"

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(f"not allowed: {permission}")


class SecondFactorNeeded(MarsadError):
    """The role of the person needs a second factor, and this session was opened without one."""

    key = "error.second_factor"

    def __init__(self) -> None:
        super().__init__("this role needs a second factor; set one up, or sign in again with it")


class ConfirmationNeeded(MarsadError):
    """What was asked for needs the password again, which was not given or too long ago."""

    key = "error.confirmation"

    def __init__(self) -> None:
        super().__init__("confirm with the password first")


class TokenScopeMissing(MarsadError):
    """The API token lacks `scope`."""

    key = "error.token_scope"

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(f'the API token does not have the scope "{scope}"')


class LastOperator(MarsadError):
    """Without this person the site would have no operator."""

    key = "error.last_operator"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is the last operator; make another one first")


class LastSignIn(MarsadError):
    """Without this identity nobody could sign in to the account: it has no password."""

    key = "error.last_sign_in"

    def __init__(self) -> None:
        super().__init__("the account has no password; set one first")


class RegistrationClosed(MarsadError):
    """The site does not allow people to register."""

    key = "error.registration"


class SignInRefused(MarsadError):
    """Wrong name or password; never says which."""

    def __init__(self, message: str = "wrong name or password", key: str = "error.sign_in") -> None:
        self.key = key
        super().__init__(message)


class AppPasswordNeeded(SignInRefused):
    """The password of an account, where an app has to have one of its own."""

    def __init__(self) -> None:
        super().__init__(
            "this is the password of the account; apps sign in with an app password",
            "error.app_password",
        )


class ProviderRefused(SignInRefused):
    """A sign-in by a provider that is refused; `key` says why, the message is for the log."""


class ProviderUnavailable(SignInRefused):
    """The sign-in provider cannot be reached, or does not answer as its documents say."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "error.oidc_unavailable")


class PasskeyRefused(SignInRefused):
    """A passkey is unknown or revoked, or its answer is wrong or too late; `str()` says which."""

    def __init__(self, reason: str, key: str = "error.passkey") -> None:
        super().__init__(reason, key)


class CodeRefused(SignInRefused):
    """A code is wrong or was used, or the sign-in took too long."""

    def __init__(self, reason: str = "the code is wrong", key: str = "error.code") -> None:
        super().__init__(reason, key)


class TooManyAttempts(SignInRefused):
    """Too many attempts; `wait` is the time until the next is accepted."""

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(
            f"too many attempts, try again in {int(wait.total_seconds())} s",
            "error.too_many_attempts",
        )


class TooManyRequests(MarsadError):
    """One address or account uses too much; `wait` is the time until it has a share again."""

    key = "error.rate"

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        super().__init__(f"too many requests, try again in {wait.total_seconds():.0f} s")


class ResearchTooCostly(MarsadError):
    """A series or its breakdown takes longer to count than a page may."""

    key = "error.research_costly"

    def __init__(self) -> None:
        super().__init__(
            "this takes too long to count; ask for fewer days, fewer sources or another breakdown"
        )


class ListenError(MarsadError):
    """The site cannot be served on `shown`, a port or a socket; `reason` says what to do."""

    def __init__(self, shown: str, reason: str) -> None:
        self.shown = shown
        self.reason = reason
        super().__init__(f"cannot serve on {shown}: {reason}")


class BackupError(MarsadError):
    """A backup could not be made or restored; the message says what to do."""

    key = "error.backup"


class CopyError(BackupError):
    """A database could not be copied into another; the message says what to do."""
