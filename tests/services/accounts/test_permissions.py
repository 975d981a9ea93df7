"""Who may do what: each permission for each role."""

import pytest

from aggregator.errors import PermissionDenied
from aggregator.services.accounts.permissions import PERMISSIONS, has_permission, require_permission
from aggregator.types import User

AMINA = User(1, "Amina", "reader")
BRAHIM = User(2, "Brahim", "editor")
CHAIMAE = User(3, "Chaimae", "operator")
# Anonymous.
DRISS = None

ALLOWED = {
    #                   Amina  Brahim Chaimae Driss  Driss where reading is not public
    "entry.read":      (True,  True,  True,   True,  False),
    "source.read":     (True,  True,  True,   True,  False),
    "topic.read":      (True,  True,  True,   True,  False),
    "topic.follow":    (True,  True,  True,   False, False),
    "story.follow":    (True,  True,  True,   False, False),
    "story.edit":      (False, True,  True,   False, False),
    "front.edit":      (False, True,  True,   False, False),
    "topic.edit":      (False, True,  True,   False, False),
    "entry.tag":       (True,  True,  True,   False, False),
    "entry.star":      (True,  True,  True,   False, False),
    "tag.list":        (True,  True,  True,   False, False),
    "entry.mark":      (True,  True,  True,   False, False),
    "source.follow":   (True,  True,  True,   False, False),
    "source.ask":      (True,  True,  True,   False, False),
    "source.mute":     (True,  True,  True,   False, False),
    "search.save":     (True,  True,  True,   False, False),
    "account.manage":  (True,  True,  True,   False, False),
    "audit.read":      (False, False, True,   False, False),
    "metrics.read":    (False, False, True,   False, False),
    "feed.operate":    (False, False, True,   False, False),
    "source.answer":   (False, False, True,   False, False),
    "user.manage":     (False, False, True,   False, False),
}  # fmt: skip


def test_every_permission_is_tried() -> None:
    assert ALLOWED.keys() == PERMISSIONS.keys()


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_each_role(permission: str) -> None:
    found = (
        has_permission(AMINA, permission, True),
        has_permission(BRAHIM, permission, True),
        has_permission(CHAIMAE, permission, True),
        has_permission(DRISS, permission, True),
        has_permission(DRISS, permission, False),
    )
    assert found == ALLOWED[permission]
    for person, answer in zip((AMINA, BRAHIM, CHAIMAE), found, strict=False):
        assert has_permission(person, permission, False) == answer


def test_require_says_which_permission_is_missing() -> None:
    require_permission(AMINA, "entry.tag", True)
    with pytest.raises(PermissionDenied) as raised:
        require_permission(DRISS, "entry.tag", True)
    assert raised.value.permission == "entry.tag"


def test_a_permission_that_nobody_defined_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        has_permission(CHAIMAE, "world.rule", True)
