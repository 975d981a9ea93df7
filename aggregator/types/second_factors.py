"""Passkeys, authenticator apps and recovery codes of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Factor = Literal["passkeys", "app", "codes"]
# Maximum passkeys of one user.
MAX_PASSKEYS = 20


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its user sees it."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None
    """None for a passkey that has not signed in yet."""


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What an account signs in with besides its password."""

    passkeys: tuple[Passkey, ...]
    """The latest first."""
    app_since: datetime | None
    """When the authenticator app was confirmed; None without one."""
    codes_left: int
    """Recovery codes that have not been used."""

    @property
    def count(self) -> int:
        """The number of factors that can be lost one by one: recovery codes only replace them."""
        return len(self.passkeys) + (self.app_since is not None)
