"""A sign-in by a provider, from the link to the session.

Its first half ends with an address to send the browser to, its second begins as the browser comes
back. What belongs together is told by the state, which is used once and in one browser only.
No transaction is open while the provider is asked.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.errors import ProviderRefused, ProviderUnavailable
from aggregator.process.deadlines import SIGN_IN_FLOW_LIFETIME, is_in_future, is_past
from aggregator.process.readers.roles import EVERYONE_READS, RoleRules, claim_at, groups_in
from aggregator.services.accounts import external_accounts, rate_limits
from aggregator.services.accounts.external_accounts import ExternalPerson, printable
from aggregator.services.accounts.oidc.provider import Provider
from aggregator.services.accounts.sign_in import NewSession, create_session
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.storage.accounts import sign_in_flows
from aggregator.storage.accounts.sign_in_flows import SignInFlow
from aggregator.storage.engine import Database
from aggregator.types import User
from aggregator.types.limits import MAX_LABEL

log = logging.getLogger("marsad.accounts")

# Longer ID tokens are not kept to sign out at the provider: they would not fit into an address.
MAX_ID_TOKEN = 6000
# The provider's errors that mean that the person, or its administrator, said no.
_DECLINED = ("access_denied", "login_required", "consent_required", "interaction_required")
# Claims that may name a person, in the order in which they are tried.
_NAMES = ("preferred_username", "nickname", "name", "email")


@dataclass(frozen=True, slots=True)
class Oidc:
    """Sign-in by one provider, as configured."""

    provider: Provider
    name: Mapping[str, str]
    """What people call it, by language."""
    create_accounts: bool = False
    roles_claim: str = ""
    roles: RoleRules = EVERYONE_READS
    sign_out: bool = True
    """Whether signing out here signs out at the provider, too."""


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What the browser brings back: the parameters of the address it was sent to."""

    state: str
    code: str
    error: str
    issuer: str


@dataclass(frozen=True, slots=True)
class CompletedSignIn:
    """Where to go on, signed in; without a session if an identity was linked to an account."""

    target: str
    session: NewSession | None


def begin(
    database: Database,
    oidc: Oidc,
    *,
    browser: str,
    target: str,
    address: str,
    now: datetime,
    link_to: User | None = None,
) -> str:
    """Begin a sign-in, or linking an identity to an account; where to send the browser.

    `browser` is the secret of its cookie. Raises TooManyAttempts, ProviderUnavailable.
    """
    state, nonce, code_verifier = new_token(), new_token(), new_token()
    url = oidc.provider.authorization_url(state, nonce, code_verifier)
    flow = SignInFlow(nonce, code_verifier, target, link_to.id if link_to else None, now)
    key = f"oidc:{rate_limits.address_block(address)}"
    with database.write() as session:
        rate_limits.record_attempt(session, key, rate_limits.PROVIDER_SIGN_INS_PER_ADDRESS, now)
        sign_in_flows.insert_flow(session, token_hash(state), token_hash(browser), flow)
    return url


def complete(
    database: Database,
    oidc: Oidc,
    answer: ProviderAnswer,
    *,
    browser: str,
    signed_in: User | None,
    user_agent: str,
    now: datetime,
) -> CompletedSignIn:
    """Complete what began in this browser. Raises ProviderRefused, ProviderUnavailable."""
    try:
        return _complete(database, oidc, answer, browser, signed_in, user_agent, now)
    except (ProviderRefused, ProviderUnavailable) as error:
        log.warning("a sign-in by the provider was refused: %s", error)
        raise


def _complete(
    database: Database,
    oidc: Oidc,
    answer: ProviderAnswer,
    browser: str,
    signed_in: User | None,
    user_agent: str,
    now: datetime,
) -> CompletedSignIn:
    flow = _claim(database, answer, browser, now)
    linking = flow.user_id is not None
    if linking and (signed_in is None or signed_in.id != flow.user_id):
        raise ProviderRefused("somebody else has signed in meanwhile", "error.oidc_expired")
    _check(answer, oidc.provider)
    id_token, access_token = oidc.provider.redeem(answer.code, flow.code_verifier)
    claims = oidc.provider.claims_of(id_token, flow.nonce, access_token, now)
    person = _person(oidc, claims, access_token)
    if linking and signed_in is not None:
        with database.write() as session:
            external_accounts.link(session, signed_in, person, now)
        log.info("%s linked an identity of the provider", signed_in.name)
        return CompletedSignIn(flow.target, None)
    user = external_accounts.find_or_create(
        database, person, may_create=oidc.create_accounts, decides_roles=bool(oidc.roles), now=now
    )
    kept = id_token if oidc.sign_out and len(id_token) <= MAX_ID_TOKEN else ""
    with database.write() as session:
        new = create_session(session, user, user_agent, now, id_token=kept, two_factor=True)
    return CompletedSignIn(flow.target, new)


def _claim(database: Database, answer: ProviderAnswer, browser: str, now: datetime) -> SignInFlow:
    """The flow that the answer belongs to, which is used up with it. Raises ProviderRefused."""
    with database.write() as session:
        flow = sign_in_flows.claim_flow(session, token_hash(answer.state), token_hash(browser))
    if flow is None:
        raise ProviderRefused("its state is unknown in this browser, or used", "error.oidc_expired")
    ends_at = flow.started_at + SIGN_IN_FLOW_LIFETIME
    if is_past(ends_at, now, SIGN_IN_FLOW_LIFETIME) or is_in_future(flow.started_at, now):
        raise ProviderRefused("it took too long", "error.oidc_expired")
    return flow


def _check(answer: ProviderAnswer, provider: Provider) -> None:
    """Raise ProviderRefused for an answer of another provider, or one that says no."""
    expected = provider.client.issuer
    if answer.issuer != expected and (answer.issuer or provider.metadata().names_issuer):
        raise ProviderRefused("the answer is another provider's (RFC 9207)", "error.oidc_invalid")
    if answer.error:
        declined = answer.error in _DECLINED
        shown = "".join(each for each in answer.error if each.isprintable())[:80]
        key = "error.oidc_declined" if declined else "error.oidc_invalid"
        raise ProviderRefused(f"the provider says {shown}", key)
    if not answer.code:
        raise ProviderRefused("the answer has no code", "error.oidc_invalid")


def _person(oidc: Oidc, claims: dict[str, Any], access_token: str) -> ExternalPerson:
    """Whom the claims are about; asks for more if they leave out name or groups."""
    subject = claims["sub"]
    is_named = any(claims.get(each) for each in _NAMES)
    has_groups = not oidc.roles or claim_at(claims, oidc.roles_claim) is not None
    if not (is_named and has_groups):
        claims = oidc.provider.userinfo(access_token, subject) | claims
    names = (claims.get(each) for each in _NAMES)
    name = next((each for each in names if isinstance(each, str) and each.strip()), subject)
    name = printable(name.partition("@")[0] or name)[:MAX_LABEL]
    groups = groups_in(claim_at(claims, oidc.roles_claim))
    return ExternalPerson(
        issuer=oidc.provider.client.issuer,
        subject=subject,
        name=name,
        role=oidc.roles.role_of(groups),
    )
