"""Secrets that have to be read again, encrypted with a key from outside the database.

AES-256-GCM (NIST SP 800-38D), the only import of cryptography. Its key is derived from the setting
`sign_in.secret_key`; without that, secrets are stored as they are
(docs/decisions/0025-second-factors.md).
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode, b64encode

from aggregator.errors import StorageError

_PLAIN, _SEALED = "plain:", "aes-gcm:"
_NONCE_BYTES = 12


class SecretBox:
    """Turns secrets into what is stored, and back."""

    def __init__(self, key: str = "") -> None:
        """`key`: long and random, so that one round of SHA-256 is enough; "" to encrypt nothing."""
        self._key = hashlib.sha256(b"marsad secrets:" + key.encode()).digest() if key else b""

    def seal(self, secret: str, owner: int) -> str:
        """A secret as it is stored; it opens only as that of the same account."""
        if not self._key:
            return _PLAIN + secret
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, secret.encode(), _context(owner))
        return _SEALED + b64encode(nonce + sealed).decode()

    def open(self, stored: str, owner: int) -> str:
        """The secret again. Raises StorageError if the key is missing or another one."""
        if stored.startswith(_PLAIN):
            return stored.removeprefix(_PLAIN)
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if not self._key:
            raise StorageError("a secret is encrypted, but sign_in.secret_key is not set")
        sealed = b64decode(stored.removeprefix(_SEALED))
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self._key).decrypt(nonce, text, _context(owner)).decode()
        except InvalidTag as error:
            raise StorageError("a secret was encrypted with another sign_in.secret_key") from error

    def is_current(self, stored: str) -> bool:
        """Whether a secret is stored as it would be now."""
        return stored.startswith(_SEALED if self._key else _PLAIN)


def _context(owner: int) -> bytes:
    return f"account {owner}".encode()
