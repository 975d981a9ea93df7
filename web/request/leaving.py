"""Leading a browser to another site after a form."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, make_response, render_template


def leave_page(url: str) -> Response:
    """A page that goes on to `url` by itself.

    Browsers do not follow a redirect there from a form: the policy of our pages says
    `form-action 'self'`, which counts for redirects, too.
    """
    return make_response(
        render_template("sign_in/leave.html", url=url, host=urlsplit(url).hostname or "")
    )
