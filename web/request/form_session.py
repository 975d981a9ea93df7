"""The cookie of the forms: their token, and messages to show on the next page.

It is signed for one session. A sibling host may set cookies for our whole domain: the form cookie
that an attacker was given here is worthless in a browser that is signed in, and so is its token.
"""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from aggregator.services.accounts.tokens import token_hash
from web.request.auth import form_owner


class FormSessionInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, its key derived from the session cookie as well."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """The serializer of this request's browser."""
        return URLSafeTimedSerializer(
            app.secret_key or "",
            salt=f"{self.salt}:{token_hash(form_owner())}",
            serializer=self.serializer,
            signer_kwargs={
                "key_derivation": self.key_derivation,
                "digest_method": self.digest_method,
            },
        )
