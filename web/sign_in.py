"""Sign-in by others, as configured: by a provider, by a reverse proxy."""

from __future__ import annotations

from importlib.metadata import version
from ipaddress import ip_network
from typing import TYPE_CHECKING

from aggregator.config import Settings, networks
from aggregator.process.readers.roles import RoleRules
from aggregator.services.accounts.trusted_header import TrustedHeader
from aggregator.urls import parse_web_url

if TYPE_CHECKING:
    from aggregator.services.accounts.oidc.sign_in import Oidc

CALLBACK = "/login/oidc/callback"
# A person waits for the provider, once or twice for each sign-in.
_TIMEOUT_S = 10.0
# Keys and metadata take a few kB.
_MAX_ANSWER = 2**20


def make_oidc(settings: Settings) -> Oidc | None:
    """Sign-in by the provider in [oidc]; None if there is none."""
    section = settings.oidc
    if not section.issuer:
        return None
    # 18 MB and 0.2 s of CPU, for sites that have a provider.
    from aggregator.fetch.client import ClientSettings
    from aggregator.fetch.exchange import Exchange
    from aggregator.services.accounts.oidc.protocol import Client
    from aggregator.services.accounts.oidc.provider import Provider
    from aggregator.services.accounts.oidc.sign_in import Oidc

    fetching = ClientSettings(
        user_agent=f"Marsad/{version('marsad')} (+{settings.web.base_url})",
        timeout_s=_TIMEOUT_S,
        max_feed_size=_MAX_ANSWER,
        allow_networks=networks(settings),
    )
    client = Client(
        issuer=section.issuer,
        client_id=section.client_id,
        client_secret=section.client_secret,
        redirect_uri=settings.web.address.rstrip("/") + CALLBACK,
        scopes=section.scopes,
    )
    parts = parse_web_url(section.issuer)
    host = parts.host if parts else section.issuer
    name = section.name
    return Oidc(
        Provider(client, Exchange(fetching, section.issuer)),
        {"ar": name.get("ar"), "fr": name.get("fr"), "en": name.get("en")} if name else {"": host},
        create_accounts=section.create_accounts,
        roles_claim=section.roles_claim,
        roles=RoleRules(section.readers, section.editors, section.operators),
        sign_out=section.sign_out,
    )


def make_trusted_header(settings: Settings) -> TrustedHeader | None:
    """Sign-in by the proxies in [trusted_header]; None if there are none."""
    section = settings.trusted_header
    if not section.proxies:
        return None
    return TrustedHeader(
        networks=tuple(ip_network(each) for each in section.proxies if each != "unix"),
        by_socket="unix" in section.proxies,
        user=section.user,
        groups=section.groups,
        roles=RoleRules(section.readers, section.editors, section.operators),
        create_accounts=section.create_accounts,
        sign_out_url=section.sign_out_url,
    )
