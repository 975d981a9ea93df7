"""Codes of authenticator apps: TOTP (RFC 6238), six digits every 30 s (the only pyotp import)."""

from __future__ import annotations

import hmac
import re
import unicodedata
from datetime import datetime, timedelta

import pyotp

from aggregator.process.deadlines import CLOCK_TOLERANCE

# Steps before and after the current one whose codes count: clocks differ, and typing takes time.
_WINDOW = 1
_STEP = timedelta(seconds=30)
_CODE = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """A new secret, 160 random bits in Base32."""
    return pyotp.random_base32()


def setup_uri(secret: str, name: str, issuer: str) -> str:
    """What an app reads from a QR code: the secret, and the name to show with its codes."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer.replace(":", " "))


def as_code(typed: str) -> str:
    """Six digits as they were typed, in the digits of any script; empty for anything else."""
    digits = "".join(_ascii_digit(each) for each in typed if not each.isspace())
    return digits if _CODE.fullmatch(digits) else ""


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The step whose code this is, of those that count at `now`; None if it is none of them."""
    totp = pyotp.TOTP(secret)
    current = current_step(now)
    for step in range(current - _WINDOW, current + _WINDOW + 1):
        if hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None


def current_step(now: datetime) -> int:
    """The number of the step at a time: RFC 6238 counts from 1970."""
    return int(now.timestamp() // _STEP.total_seconds())


def latest_step(now: datetime) -> int:
    """The latest step that a code can have been used for under a clock that is right."""
    return current_step(now + CLOCK_TOLERANCE) + _WINDOW


def _ascii_digit(character: str) -> str:
    value = unicodedata.decimal(character, -1)
    return character if value < 0 else str(value)
