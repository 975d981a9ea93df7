"""Requests to an OpenID provider and what its tokens say (the only authlib import). Pure.

OpenID Connect Core 1.0, section 3.1; PKCE: RFC 7636; RP-Initiated Logout 1.0, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, KeySet

from aggregator.errors import ProviderRefused
from aggregator.fetch.transport import HttpRequest

# How far the clocks of provider and site may differ.
CLOCK_LEEWAY = timedelta(minutes=2)
# Signatures that need the provider's private key: with others, anyone who knows the secret of the
# client, or nothing at all, could sign.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "Ed25519",
)  # fmt: skip
MAX_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Client:
    """This site, as the provider knows it."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """What the provider says about itself (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    auth_methods: tuple[str, ...] = ("client_secret_basic",)
    names_issuer: bool = False
    """Whether each of its answers names it (RFC 9207)."""


class UnknownKey(ProviderRefused):
    """A token is signed with a key that is not in the key set that we have."""


class ProviderKeys:
    """The public keys of a provider."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._keys = KeySet(list(_usable_keys(document)))

    def __len__(self) -> int:
        """The number of keys that can be used."""
        return len(self._keys.keys)

    def claims_of(
        self, token: str, client: Client, nonce: str, access_token: str, now: datetime
    ) -> dict[str, Any]:
        """The claims of an ID token for this sign-in.

        Raises `UnknownKey`, or `ProviderRefused` for one that was not made for it, just now, by
        this provider.
        """
        try:
            decoded = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": client.issuer},
                    "aud": {"essential": True, "value": client.client_id},
                },
                params={
                    "nonce": nonce,
                    "client_id": client.client_id,
                    "access_token": access_token,
                },
            )
            claims.validate(int(now.timestamp()), int(CLOCK_LEEWAY.total_seconds()))
        except InvalidKeyIdError as error:
            raise UnknownKey("the ID token is signed with an unknown key", _INVALID) from error
        except (JoseError, ValueError, TypeError, KeyError) as error:
            # Not its message: it may quote the token.
            reason = f"the ID token is not valid ({type(error).__name__}"
            claim = getattr(error, "claim", "")
            raise ProviderRefused(f"{reason} {claim})".replace(" )", ")"), _INVALID) from error
        if not (0 < len(claims["sub"]) <= MAX_SUBJECT and claims["sub"].isprintable()):
            raise ProviderRefused("the ID token has no usable subject", _INVALID)
        return dict(claims)


def discovery_request(client: Client) -> HttpRequest:
    """The request for the provider's metadata."""
    url = get_well_known_url(client.issuer, external=True)
    return HttpRequest(url, {"Accept": "application/json"})


def authorization_url(
    client: Client, metadata: ProviderMetadata, state: str, nonce: str, code_verifier: str
) -> str:
    """Where to send the browser to sign in."""
    oauth = OAuth2Client(
        session=None,
        client_id=client.client_id,
        redirect_uri=client.redirect_uri,
        scope=" ".join(client.scopes),
        code_challenge_method="S256",
    )
    url, _ = oauth.create_authorization_url(
        metadata.authorization_endpoint, state=state, code_verifier=code_verifier, nonce=nonce
    )
    return str(url)


def token_request(
    client: Client, metadata: ProviderMetadata, code: str, code_verifier: str
) -> HttpRequest:
    """The request that exchanges a code for tokens."""
    body = prepare_token_request(
        "authorization_code",
        code=code,
        redirect_uri=client.redirect_uri,
        code_verifier=code_verifier,
    )
    method = _auth_method(client, metadata.auth_methods)
    auth = ClientAuth(client.client_id, client.client_secret, method)
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    url, headers, body = auth.prepare("POST", metadata.token_endpoint, headers, body)
    return HttpRequest(url, headers, body)


def userinfo_request(metadata: ProviderMetadata, access_token: str) -> HttpRequest:
    """The request for what the ID token leaves out."""
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
    return HttpRequest(metadata.userinfo_endpoint, headers)


def sign_out_url(client: Client, metadata: ProviderMetadata, id_token: str, home: str) -> str:
    """Where to send the browser to sign out at the provider; empty if it offers nothing."""
    if not metadata.end_session_endpoint:
        return ""
    query = {
        "id_token_hint": id_token,
        "client_id": client.client_id,
        "post_logout_redirect_uri": home,
    }
    joint = "&" if "?" in metadata.end_session_endpoint else "?"
    return f"{metadata.end_session_endpoint}{joint}{urlencode(query)}"


_INVALID = "error.oidc_invalid"


def _auth_method(client: Client, supported: Sequence[str]) -> str:
    if not client.client_secret:
        return "none"
    no_basic = "client_secret_basic" not in supported and "client_secret_post" in supported
    return "client_secret_post" if no_basic else "client_secret_basic"


def _usable_keys(document: Mapping[str, Any]) -> Any:
    """The keys for signatures; those of kinds that are not known here are left out."""
    found = document.get("keys")
    for each in found if isinstance(found, list) else ():
        if not isinstance(each, dict) or each.get("use") == "enc" or each.get("kty") == "oct":
            continue
        try:
            yield JWKRegistry.import_key(each)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
