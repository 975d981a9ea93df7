"""Acts of operators and editors, as the audit log keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

ActVia = Literal["web", "cli"]
ActKind = Literal[
    "topic.create", "topic.save", "topic.delete", "topic.revert", "topic.note", "topic.note_delete",
    "topic.pin", "topic.unpin", "topic.move_pin", "topic.remove", "topic.restore",
    "story.pin", "story.unpin", "story.split", "story.merge",
    "feed.poll", "feed.resume", "feed.adopt",
    "request.accept", "request.decline",
    "user.create", "user.role", "user.close", "user.password", "user.password_link", "user.token",
    "user.follow", "user.unlink", "user.second_factor", "invite.create", "invite.revoke",
    "index.repair",
]  # fmt: skip
ACT_KINDS: tuple[ActKind, ...] = get_args(ActKind)


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what, to what, and when.

    `actor` is the name of an account, or on the command line that of the system's user. `target` is
    an id, a slug or a name, of what the first word of `kind` says.
    """

    at: datetime
    actor: str
    via: ActVia
    kind: ActKind
    target: str = ""
    detail: str = ""
    request_id: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class ActFilter:
    """Which acts to list; `since` and `until` bound the time, the end excluded."""

    actor: str | None = None
    kind: ActKind | None = None
    since: datetime | None = None
    until: datetime | None = None
