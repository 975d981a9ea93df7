"""Sign-in by a provider: OpenID Connect, authorization code flow with PKCE."""
