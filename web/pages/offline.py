"""The site as an app that works offline: its manifest and its offline page."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    g,
    json,
    jsonify,
    make_response,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import Unauthorized

from web.request import params
from web.request.auth import current_user, require
from web.request.i18n import current_language, direction_of, translate

blueprint = Blueprint("offline", __name__)

# File, size, type and purpose, as the Web App Manifest names them.
ICONS = (
    ("logo.svg", "any", "image/svg+xml", "any"),
    ("icons/192.png", "192x192", "image/png", "any"),
    ("icons/512.png", "512x512", "image/png", "any"),
    ("icons/maskable.png", "512x512", "image/png", "maskable"),
)


@blueprint.get("/offline")
def show() -> str:
    """What the browser has copies of; with `missing=1`, shown instead of a page without one.

    Both are cached for everybody who uses the browser, so they name nobody.
    """
    g.user = None
    missing = params.integer(request.args, "missing", 1, 1) is not None
    return render_template("offline.html", missing=missing)


@blueprint.get("/saved")
def saved() -> str:
    """What is saved on the device, and saving the latest stories; scripts fill the page."""
    require("entry.read")
    return render_template("saved.html")


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """The Web App Manifest, in the reader's language."""
    language = current_language()
    described = {
        "id": url_for("entries.index"),
        "name": translate("site.name"),
        "short_name": translate("site.name"),
        "description": translate("site.description"),
        "lang": language,
        "dir": direction_of(language),
        "start_url": url_for("entries.index"),
        "scope": url_for("entries.index"),
        "display": "standalone",
        "background_color": "#faf8f3",
        "theme_color": "#0b6652",
        "share_target": {
            "action": url_for("asking.new"),
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
        "icons": [
            {
                "src": url_for("static", filename=file),
                "sizes": sizes,
                "type": kind,
                "purpose": purpose,
            }
            for file, sizes, kind, purpose in ICONS
        ],
    }
    response = make_response(json.dumps(described))
    response.mimetype = "application/manifest+json"
    response.vary.update(("Cookie", "Accept-Language"))
    return response


@blueprint.get("/session/token")
def token() -> Response:
    """A CSRF token for marks that were made offline and are sent now."""
    if current_user() is None:
        raise Unauthorized
    response = jsonify(token=generate_csrf())
    response.headers["Cache-Control"] = "private, no-store"
    return response
