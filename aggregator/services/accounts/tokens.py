"""Random words that open something: sessions, API tokens, links. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, fit for a cookie and for an address."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token. Tokens are random: one round of SHA-256 will do."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
