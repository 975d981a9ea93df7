"""The provider of sign-ins: its metadata and keys, kept for a while, and requests to it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any

from aggregator.errors import FetchError, ProviderRefused, ProviderUnavailable
from aggregator.fetch.transport import HttpAnswer, HttpRequest
from aggregator.services.accounts.oidc import protocol
from aggregator.services.accounts.oidc.protocol import (
    Client,
    ProviderKeys,
    ProviderMetadata,
    UnknownKey,
)
from aggregator.urls import parse_web_url

log = logging.getLogger("marsad.accounts")

# How long metadata and keys are kept: a withdrawn key counts no longer than this.
KEEP_S = 3600.0
# How long a provider that failed is left alone: whoever signs in meanwhile need not wait for it.
RETRY_AFTER_S = 5.0
# A key that is not known is looked for at the provider, no more often than this.
KEYS_GAP_S = 10.0

Send = Callable[[HttpRequest], HttpAnswer]
_OK = 200
_SERVER_ERRORS = 500


class Provider:
    """One provider, shared by all threads; `send` raises only FetchError."""

    def __init__(
        self, client: Client, send: Send, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.client = client
        self._send = send
        self._clock = clock
        self._lock = Lock()
        self._metadata: ProviderMetadata | None = None
        self._metadata_at = 0.0
        self._keys: ProviderKeys | None = None
        self._keys_at = 0.0
        self._failed_at: float | None = None

    def metadata(self) -> ProviderMetadata:
        """What the provider says about itself. Raises ProviderUnavailable.

        What it said last still counts while it does not answer.
        """
        with self._lock:
            if self._metadata is None or self._clock() - self._metadata_at >= KEEP_S:
                self._renew_metadata()
            assert self._metadata is not None
            return self._metadata

    def authorization_url(self, state: str, nonce: str, code_verifier: str) -> str:
        """Where to send a browser to sign in. Raises ProviderUnavailable."""
        metadata = self.metadata()
        return protocol.authorization_url(self.client, metadata, state, nonce, code_verifier)

    def redeem(self, code: str, code_verifier: str) -> tuple[str, str]:
        """The ID token and the access token for a code.

        Raises ProviderUnavailable, or ProviderRefused for a code that was used or made up.
        """
        request = protocol.token_request(self.client, self.metadata(), code, code_verifier)
        status, answer = self._json(request)
        if status != _OK:
            reason = _printable(answer.get("error"))
            if reason == "invalid_grant":
                raise ProviderRefused("the provider does not accept the code", "error.oidc_expired")
            raise ProviderUnavailable(f"the token endpoint answers {status} {reason}")
        tokens = answer.get("id_token"), answer.get("access_token", "")
        if not (isinstance(tokens[0], str) and isinstance(tokens[1], str)):
            raise ProviderUnavailable("the token endpoint sends no ID token")
        return tokens[0], tokens[1]

    def claims_of(
        self, id_token: str, nonce: str, access_token: str, now: datetime
    ) -> dict[str, Any]:
        """The claims of an ID token; its key is looked for again if it is not known yet.

        Raises ProviderUnavailable, ProviderRefused.
        """
        try:
            return self._known_keys(0.0).claims_of(id_token, self.client, nonce, access_token, now)
        except UnknownKey:
            keys = self._known_keys(self._clock() - KEYS_GAP_S)
            return keys.claims_of(id_token, self.client, nonce, access_token, now)

    def userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        """What else the provider says about a person; empty if it does not.

        Raises ProviderUnavailable, ProviderRefused.
        """
        metadata = self.metadata()
        if not (metadata.userinfo_endpoint and access_token):
            return {}
        status, answer = self._json(protocol.userinfo_request(metadata, access_token))
        if status != _OK:
            raise ProviderUnavailable(f"the userinfo endpoint answers {status}")
        if answer.get("sub") != subject:  # OpenID Connect Core 1.0, section 5.3.2
            raise ProviderRefused("the userinfo is about somebody else", "error.oidc_invalid")
        return answer

    def sign_out_url(self, id_token: str, home: str) -> str:
        """Where to send a browser to sign out there, too; empty if the provider has no such page.

        Raises ProviderUnavailable.
        """
        return protocol.sign_out_url(self.client, self.metadata(), id_token, home)

    def _renew_metadata(self) -> None:
        try:
            self._metadata = self._fetch_metadata()
        except ProviderUnavailable as error:
            if self._metadata is None:
                raise
            log.warning("the sign-in provider is asked again in an hour: %s", error)
        self._metadata_at = self._clock()

    def _fetch_metadata(self) -> ProviderMetadata:
        if self._failed_at is not None and self._clock() - self._failed_at < RETRY_AFTER_S:
            raise ProviderUnavailable("it failed a moment ago")
        try:
            status, answer = self._json(protocol.discovery_request(self.client))
            if status != _OK:
                raise ProviderUnavailable(f"its discovery document answers {status}")
            metadata = read_metadata(answer, self.client.issuer)
        except ProviderUnavailable:
            self._failed_at = self._clock()
            raise
        self._failed_at = None
        return metadata

    def _known_keys(self, fetched_after: float) -> ProviderKeys:
        """The keys, fetched after that time on our clock and within the last hour."""
        metadata = self.metadata()
        with self._lock:
            oldest = max(fetched_after, self._clock() - KEEP_S)
            if self._keys is None or self._keys_at < oldest:
                status, answer = self._json(
                    HttpRequest(metadata.jwks_uri, {"Accept": "application/json"})
                )
                keys = ProviderKeys(answer)
                if status != _OK or not len(keys):
                    raise ProviderUnavailable(f"{metadata.jwks_uri} has no keys ({status})")
                self._keys, self._keys_at = keys, self._clock()
            return self._keys

    def _json(self, request: HttpRequest) -> tuple[int, dict[str, Any]]:
        """The status and the JSON object of an answer."""
        try:
            answer = self._send(request)
        except FetchError as error:
            raise ProviderUnavailable(f"{_origin(request.url)}: {error}") from error
        try:
            body = json.loads(answer.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or answer.status >= _SERVER_ERRORS:
            raise ProviderUnavailable(f"{_origin(request.url)} answers {answer.status} and no JSON")
        return answer.status, body


def read_metadata(document: dict[str, Any], issuer: str) -> ProviderMetadata:
    """The metadata that a provider publishes. Raises ProviderUnavailable for unusable ones."""
    if document.get("issuer") != issuer:
        named = _printable(document.get("issuer"))
        raise ProviderUnavailable(
            f'it calls itself "{named}", and oidc.issuer is "{issuer}": they must be the same'
        )
    endpoints = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", *_OPTIONAL):
        value = document.get(name, "")
        if (value or name not in _OPTIONAL) and not _is_as_safe(value, issuer):
            raise ProviderUnavailable(f"its {name} is missing or not secure")
        endpoints[name] = value
    methods = document.get("token_endpoint_auth_methods_supported")
    return ProviderMetadata(
        issuer=issuer,
        **endpoints,
        auth_methods=tuple(methods) if isinstance(methods, list) else ("client_secret_basic",),
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


_OPTIONAL = ("userinfo_endpoint", "end_session_endpoint")


def _is_as_safe(value: object, issuer: str) -> bool:
    """Whether an endpoint is an address, https unless the issuer is on this machine without it."""
    parts = parse_web_url(value) if isinstance(value, str) else None
    return parts is not None and (parts.scheme == "https" or issuer.startswith("http:"))


def _origin(url: str) -> str:
    """An address without its path and query, which may hold secrets."""
    parts = parse_web_url(url)
    return f"{parts.scheme}://{parts.host}" if parts else "the provider"


def _printable(value: object) -> str:
    """A word of the provider for the log."""
    text = value if isinstance(value, str) else ""
    return "".join(each for each in text if each.isprintable())[:120]
