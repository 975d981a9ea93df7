"""WebAuthn Level 3: what is asked of an authenticator, and whether its answer is right.

The only import of webauthn, at the first use: it takes 120 ms. No attestation is asked for: which
device somebody has is none of our business.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aggregator.errors import PasskeyRefused

# In characters; answers have 1 to 3 kB, with attestations that nobody asked for up to 10.
MAX_ANSWER = 20_000

# At most 1023 bytes (section 4, Credential ID), in base64url.
_CREDENTIAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1364}")
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Besides its own errors, webauthn lets through those of the parsers below it.
_PARSER_ERRORS = (ValueError, TypeError, LookupError, RecursionError)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site, as authenticators know it: passkeys are bound to the host `id`."""

    id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What an authenticator has made; `credential_id` is in base64url."""

    credential_id: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a passkey, not checked yet; `text` is JSON as browsers give it."""

    text: str
    credential_id: str
    user_handle: bytes | None


def relying_party(base_url: str, name: str) -> RelyingParty | None:
    """The site at an address; None if browsers allow no passkeys there.

    They want https or localhost, and a name: an IP address cannot be an RP ID (section 5.1.3).
    """
    parts = urlsplit(base_url)
    host = (parts.hostname or "").encode("idna").decode()
    local = host == "localhost" or host.endswith(".localhost")
    if not host or _is_ip(host) or not (parts.scheme == "https" or local):
        return None
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return RelyingParty(host, f"{parts.scheme}://{host}{port}", name)


def registration_options(
    party: RelyingParty,
    challenge: bytes,
    user_handle: bytes,
    user_name: str,
    known_ids: Sequence[str],
) -> str:
    """The JSON with which a browser makes a passkey, unless the authenticator has one already."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import structs

    wanted = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.REQUIRED,
        require_resident_key=True,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=user_handle,
        user_name=user_name,
        challenge=challenge,
        authenticator_selection=wanted,
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=_decode(each)) for each in known_ids
        ],
    )
    return options_to_json(options)


def authentication_options(party: RelyingParty, challenge: bytes) -> str:
    """The JSON with which a browser asks for any passkey of this site."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def verify_registration(party: RelyingParty, challenge: bytes, answer: str) -> NewCredential:
    """Check what an authenticator has made. Raises PasskeyRefused."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    _check_size(answer)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, *_PARSER_ERRORS) as error:
        raise PasskeyRefused(str(error)) from error
    return NewCredential(
        bytes_to_base64url(made.credential_id), made.credential_public_key, made.sign_count
    )


def read_answer(text: str) -> Answer:
    """Whose answer it claims to be. Raises PasskeyRefused for no answer at all."""
    _check_size(text)
    try:
        document = json.loads(text)
        handle = document["response"].get("userHandle")
        if not _CREDENTIAL_ID.fullmatch(document["id"]):
            raise PasskeyRefused("it has no id")
        return Answer(text, document["id"], None if handle is None else _decode(handle))
    except (*_PARSER_ERRORS, AttributeError) as error:
        raise PasskeyRefused("this is no answer of a passkey") from error


def verify_answer(
    party: RelyingParty, challenge: bytes, answer: Answer, public_key: bytes, sign_count: int
) -> int:
    """Check an answer: challenge, origin, RP ID, user verification, signature, counter.

    Returns the new count of signatures. Raises PasskeyRefused.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = verify_authentication_response(
            credential=answer.text,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, *_PARSER_ERRORS) as error:
        raise PasskeyRefused(str(error)) from error
    return verified.new_sign_count


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _check_size(answer: str) -> None:
    if len(answer) > MAX_ANSWER:
        raise PasskeyRefused("the answer is too long")


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
