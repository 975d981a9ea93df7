"""Whom a trusted reverse proxy says it has signed in."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from threading import Event

from flask import g, request

from aggregator.types.limits import MAX_USER_NAME
from web.request.forwarded import ORIGINAL
from web.state import app_state

log = logging.getLogger(__name__)
# Anyone can send the header, so only the first of those that do not count is worth a line.
_warned = Event()


@dataclass(frozen=True, slots=True)
class ProxyClaim:
    """What the headers of the proxy say."""

    name: str
    groups: tuple[str, ...]


def proxy_claim() -> ProxyClaim | None:
    """What the proxy says about this visitor; None if it says nothing, or is not the proxy."""
    if "proxy_claim" not in g:
        g.proxy_claim = _read_claim()
    claim = g.proxy_claim
    assert claim is None or isinstance(claim, ProxyClaim)
    return claim


def _read_claim() -> ProxyClaim | None:
    header = app_state().trusted_header
    if header is None or header.user not in request.headers:
        return None
    peer = _peer_address()
    if not header.believes(peer):
        if not _warned.is_set():
            _warned.set()
            log.warning(
                "%s from %s is ignored, now and later: it is not one of trusted_header.proxies",
                header.user,
                peer or "an unknown address",
            )
        return None
    name = _decoded(request.headers[header.user])
    # Two headers arrive as one with a comma: somebody has added theirs to the proxy's.
    if not name or "," in name or len(name) > MAX_USER_NAME:
        log.warning("%s of the proxy is ignored: it is not one name", header.user)
        return None
    groups = _decoded(request.headers.get(header.groups, "")) if header.groups else ""
    return ProxyClaim(name, tuple(each.strip() for each in groups.split(",") if each.strip()))


def _peer_address() -> str:
    """The machine that connected to us, whatever X-Forwarded-For says."""
    original = request.environ.get(ORIGINAL) or request.environ
    return str(original.get("REMOTE_ADDR") or "")


def _decoded(value: str) -> str:
    """A header that the proxy sent as UTF-8, which WSGI hands on as Latin-1."""
    try:
        return value.strip().encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value.strip()
