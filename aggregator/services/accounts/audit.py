"""Lines of the audit log that pages and the command line share, one for each change of an account.

Write them after the transaction, so that what was rolled back leaves none.
"""

from __future__ import annotations

import logging
from typing import Literal

from aggregator.types import User

AccountChange = Literal[
    "role", "close", "password", "password link", "password by link", "unlink", "second factor",
]  # fmt: skip
# Who is named where no operator is signed in.
COMMAND_LINE = "the command line"

log = logging.getLogger("marsad.accounts")


def log_new_account(user: User) -> None:
    """Record a new account and its role."""
    log.info("%s has an account now, as %s", user.name, user.role)


def log_change(
    actor: str,
    what: AccountChange,
    user: User,
) -> None:
    """Record what `actor`, not the user, changed of an account; `user` is as it is now."""
    log.info("%s: %s %s, %s", actor, what, user.name, user.role)
