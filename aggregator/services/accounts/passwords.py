"""Hashing passwords with Argon2id (the only argon2 import)."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cached_property

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from aggregator.types.limits import MAX_PASSWORD


class PasswordHasher:
    """Hashes and verifies; by default at argon2-cffi's cost (RFC 9106, low memory)."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()

    @cached_property
    def _dummy(self) -> str:
        """The hash that a password is checked against if there is no such account."""
        return self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """A salted hash that includes its parameters."""
        return self._hasher.hash(_normal(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password matches; None (no such account) never does, in the same time."""
        try:
            matches = self._hasher.verify(stored or self._dummy, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return matches and stored is not None

    def needs_rehash(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than the current ones."""
        return self._hasher.check_needs_rehash(stored)


def _normal(password: str) -> bytes:
    """The same bytes, however a keyboard composes letters."""
    return unicodedata.normalize("NFKC", password[:MAX_PASSWORD]).encode(errors="replace")
