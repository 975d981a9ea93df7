"""The Google Reader API, for the apps that people have (docs/apps.md, decision 19).

Only here things are named as that API names them: "stream" and "item".
"""

from __future__ import annotations

from flask import Flask

from web.greader import client_login, marking, prefix, streams, subscriptions, tags
from web.greader.routes import blueprint
from web.state import state_of

# Imported, their views are routes of the blueprint.
VIEWS = (client_login, streams, subscriptions, tags, marking)


def init_app(app: Flask) -> None:
    """Open the API under both of its addresses."""
    state_of(app).csrf.exempt(blueprint)  # authorized by a header, never by a cookie
    app.register_blueprint(blueprint)
    app.wsgi_app = prefix.FreshRssPrefix(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's documentation says
