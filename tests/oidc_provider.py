"""A small OpenID provider on loopback, for tests: it signs in whom a test says, and can lie.

Every lie is an attribute: tests set it, and the next answer has it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "marsad"
CLIENT_SECRET = "the secret of the client"
LOOPBACK = ("127.0.0.0/8",)


@dataclass
class Grant:
    """What a code stands for."""

    redirect_uri: str
    challenge: str
    nonce: str
    claims: dict[str, Any]


@dataclass
class OidcProvider:
    """The state of the provider; `claims` are those of whoever signs in next."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "amina-1", "name": "Amina"})
    keys: list[RSAKey] = field(default_factory=list)
    alg: str = "RS256"
    token_changes: dict[str, Any] = field(default_factory=dict)
    """Claims of the next ID tokens that are other than they should be; None: left out."""
    metadata_changes: dict[str, Any] = field(default_factory=dict)
    answer_changes: dict[str, str] = field(default_factory=dict)
    """Parameters of the next answers to the browser, other than they should be."""
    userinfo: dict[str, Any] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    """Paths that answer 500."""
    asks: bool = False
    """Whether a page asks the person, as a real provider does."""
    grants: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Paths asked for, with their parameters, in order."""

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on; the old ones are gone."""
        self.keys = [RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})]

    def metadata(self) -> dict[str, Any]:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end",
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return found | self.metadata_changes

    def authorize(self, query: dict[str, str]) -> str:
        """Sign in; the address that the browser is sent back to."""
        assert (query["client_id"], query["response_type"]) == (CLIENT_ID, "code")
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.grants[code] = Grant(
            query["redirect_uri"], query["code_challenge"], query["nonce"], dict(self.claims)
        )
        answer = {"code": code, "state": query["state"], "iss": self.issuer} | self.answer_changes
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def walk(self, url: str) -> str:
        """What a person does who follows an address to here: the path and query of the way back."""
        assert url.startswith(f"{self.issuer}/authorize?")
        back = urlsplit(self.authorize(dict(parse_qsl(urlsplit(url).query))))
        return f"{back.path}?{back.query}"

    def redeem(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Exchange a code, once, for tokens."""
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client"}
        grant = self.grants.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if grant is None or (grant.redirect_uri, grant.challenge) != (
            form.get("redirect_uri"), challenge,
        ):  # fmt: skip
            return 400, {"error": "invalid_grant"}
        access_token = secrets.token_urlsafe(16)
        self.access[access_token] = {"sub": grant.claims["sub"]} | self.userinfo
        return 200, {
            "token_type": "Bearer",
            "access_token": access_token,
            "id_token": self.id_token(grant),
        }

    def id_token(self, grant: Grant) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300,
            "nonce": grant.nonce,
        }  # fmt: skip
        claims |= grant.claims | self.token_changes
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.alg == "none":
            parts = ({"alg": "none"}, claims)
            return ".".join(_base64(json.dumps(part).encode()) for part in parts) + "."
        key = self.keys[0]
        return jwt.encode({"alg": self.alg, "kid": key.kid}, claims, key, algorithms=[self.alg])


class _Handler(BaseHTTPRequestHandler):
    provider: OidcProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if self._is_broken(parts.path, query):
            return
        if parts.path == "/.well-known/openid-configuration":
            self._json(200, self.provider.metadata())
        elif parts.path == "/keys":
            keys = [key.as_dict(private=False) for key in self.provider.keys]
            self._json(200, {"keys": keys})
        elif parts.path == "/userinfo":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            known = self.provider.access.get(token)
            self._json(200 if known else 401, known or {"error": "invalid_token"})
        elif parts.path == "/authorize" and self.provider.asks:
            self._page(f'<a id="yes" href="/yes?{parts.query}">Sign in as Amina</a>')
        elif parts.path in ("/authorize", "/yes"):
            self._redirect(self.provider.authorize(query))
        elif parts.path == "/end":
            self._redirect(query["post_logout_redirect_uri"])
        else:
            self._json(404, {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        form = {name: values[0] for name, values in
                parse_qs(self.rfile.read(length).decode()).items()}  # fmt: skip
        if not self._is_broken(self.path, form):
            self._json(*self.provider.redeem(form, self.headers.get("Authorization", "")))

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def _is_broken(self, path: str, parameters: dict[str, str]) -> bool:
        self.provider.requests.append((path, parameters))
        if path in self.provider.broken:
            self._json(500, {})
        return path in self.provider.broken

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _page(self, body: str) -> None:
        self._send(200, f"<!DOCTYPE html><title>Provider</title>{body}".encode(), "text/html")

    def _redirect(self, url: str) -> None:
        self.send_response(302)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_provider() -> Iterator[OidcProvider]:
    """A provider that listens on loopback."""
    provider = OidcProvider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
