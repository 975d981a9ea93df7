"""What the sign-in provider is called."""

from __future__ import annotations

from web.request.i18n import current_language
from web.state import app_state


def provider_name() -> str:
    """The provider's name in the language of the page; empty without a provider."""
    oidc = app_state().oidc
    if oidc is None:
        return ""
    return oidc.name.get(current_language()) or next(iter(oidc.name.values()))
