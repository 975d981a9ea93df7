"""Challenges for passkeys: kept by the page that asked, signed for its browser.

Nothing is stored for a page that is only looked at. The signature is bound to the session, to the
form token of the browser and to a purpose; `services.accounts.passkeys` lets each be answered once.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Literal

from flask import current_app, session
from itsdangerous import BadData, URLSafeSerializer

from aggregator.errors import PasskeyRefused
from aggregator.process.deadlines import CHALLENGE_LIFETIME, is_past
from aggregator.services.accounts.passkeys import Challenge
from aggregator.services.accounts.tokens import token_hash
from web.request.auth import now, session_token

Purpose = Literal["sign-in", "registration"]

_BYTES = 32


def issue(purpose: Purpose) -> tuple[bytes, str]:
    """A new challenge, and what the page has to send back with the answer."""
    value = secrets.token_bytes(_BYTES)
    expires_at = now() + CHALLENGE_LIFETIME
    text = urlsafe_b64encode(value).decode()
    return value, _serializer(purpose).dumps([text, expires_at.timestamp()])


def read(purpose: Purpose, signed: str) -> Challenge:
    """The challenge that this browser was given. Raises PasskeyRefused."""
    try:
        text, end = _serializer(purpose).loads(signed)
    except BadData as error:
        raise PasskeyRefused("not a challenge of this browser", "error.passkey_late") from error
    expires_at = datetime.fromtimestamp(end, UTC)
    if is_past(expires_at, now(), CHALLENGE_LIFETIME):
        raise PasskeyRefused("the challenge has expired", "error.passkey_late")
    return Challenge(urlsafe_b64decode(text), expires_at)


def _serializer(purpose: Purpose) -> URLSafeSerializer:
    browser = f"{token_hash(session_token())}:{session.get('csrf_token', '')}"
    return URLSafeSerializer(current_app.secret_key or "", salt=f"passkey:{purpose}:{browser}")
