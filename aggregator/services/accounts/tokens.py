"""Random tokens of sessions, APIs and links. Only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, safe for cookies and URLs."""
    return secrets.token_urlsafe(32)


# Letters and digits that no typeface confuses: 5 bits each.
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_code(groups: int) -> str:
    """A code to type, of random bits: `groups` of four letters or digits, 20 bits each."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(groups))


def plain_code(typed: str) -> str:
    """A code as it was typed: in any case, with or without hyphens or blanks."""
    return "".join(each for each in typed.casefold() if each.isalnum())


def token_hash(token: str) -> str:
    """The hash to store of a token. Tokens are random, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
