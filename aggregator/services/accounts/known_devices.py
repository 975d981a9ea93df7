"""Browsers that have signed in before: others cannot lock their owners out of an account.

The cookie of such a browser holds a random id and, for each of its accounts, a signature of both.
It opens nothing: it only makes sign-ins from this browser count on their own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import timedelta

from aggregator.services.accounts.accounts import name_key
from aggregator.services.accounts.tokens import new_token

COOKIE_LIFETIME = timedelta(days=400)  # more than browsers allow to keep one
MAX_ACCOUNTS = 5

_COOKIE = re.compile(rf"([\w-]{{43}})((?:\.[0-9a-f]{{64}}){{0,{MAX_ACCOUNTS}}})", re.ASCII)


class KnownDevices:
    """Makes and checks the cookies."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def find(self, cookie: str, name: str) -> str:
        """The id of a browser that has been signed in under `name`; empty for any other."""
        id_, signatures = _parse(cookie)
        expected = self._sign(id_, name)
        known = any(hmac.compare_digest(expected, each) for each in signatures)
        return id_ if known else ""

    def remember(self, cookie: str, name: str) -> str:
        """The cookie of a browser that has just signed in under `name`."""
        id_, signatures = _parse(cookie)
        id_ = id_ or new_token()
        new = self._sign(id_, name)
        others = [each for each in signatures if each != new]
        return ".".join((id_, new, *others[: MAX_ACCOUNTS - 1]))

    def _sign(self, id_: str, name: str) -> str:
        message = f"device:{id_}:{name_key(name)}".encode(errors="replace")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


def _parse(cookie: str) -> tuple[str, list[str]]:
    """The id and the signatures; empty for a cookie that is not ours."""
    found = _COOKIE.fullmatch(cookie)
    return (found[1], found[2].split(".")[1:]) if found else ("", [])
