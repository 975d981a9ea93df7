"""Random tokens of sessions, APIs and links. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, safe for cookies and URLs."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """The hash to store of a token. Tokens are random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
