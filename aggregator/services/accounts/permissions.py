"""Who may do what: one map from permissions to roles.

`ANONYMOUS` is a visitor who is not signed in; its permissions hold only with `public_reading`.
"""

from __future__ import annotations

from aggregator.errors import PermissionDenied
from aggregator.types import Role, User

ANONYMOUS = "anonymous"

_EVERYONE = frozenset((ANONYMOUS, "reader", "editor", "operator"))
_SIGNED_IN = frozenset[Role](("reader", "editor", "operator"))
_EDITORS = frozenset[Role](("editor", "operator"))
_OPERATORS = frozenset[Role](("operator",))

PERMISSIONS: dict[str, frozenset[str]] = {
    "entry.read": _EVERYONE,
    "source.read": _EVERYONE,
    "topic.read": _EVERYONE,
    "entry.tag": _SIGNED_IN,
    "entry.star": _SIGNED_IN,
    "tag.list": _SIGNED_IN,
    "entry.mark": _SIGNED_IN,
    "source.follow": _SIGNED_IN,
    "source.ask": _SIGNED_IN,
    "topic.follow": _SIGNED_IN,
    "topic.edit": _EDITORS,
    "story.follow": _SIGNED_IN,
    "story.edit": _EDITORS,
    "front.edit": _EDITORS,
    "source.mute": _SIGNED_IN,
    "search.save": _SIGNED_IN,
    "account.manage": _SIGNED_IN,
    "metrics.read": _OPERATORS,
    "audit.read": _OPERATORS,
    "feed.operate": _OPERATORS,
    "source.answer": _OPERATORS,
    "user.manage": _OPERATORS,
}


def has_permission(user: User | None, permission: str, public_reading: bool) -> bool:
    """Whether `user` (None: anonymous) has a permission. Raises KeyError for an unknown one."""
    roles = PERMISSIONS[permission]
    if user is None:
        return public_reading and ANONYMOUS in roles
    return user.role in roles


def require_permission(user: User | None, permission: str, public_reading: bool) -> None:
    """Raise PermissionDenied unless `user` has the permission."""
    if not has_permission(user, permission, public_reading):
        raise PermissionDenied(permission)
