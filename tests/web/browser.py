"""A browser for tests: keeps cookies, fills in the CSRF token, signs in."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "sous l'arganier"


class Browser:
    """Somebody at the site."""

    def __init__(self, app: Flask, root: str = "") -> None:
        """`root`: the path below which the site is served; not part of the addresses below."""
        self.client: FlaskClient = app.test_client()
        self.root = root

    def get(self, url: str, **values: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(self.root + url, buffered=True, **values)

    def post(self, url: str, **fields: str) -> TestResponse:
        """Send a form as its page would, with a token that is good for this browser."""
        return self.client.post(self.root + url, data=fields | {"csrf_token": self.form_token()})

    def form_token(self) -> str:
        """The CSRF token of the forms that this browser is shown."""
        page = self.get("/login").text
        if "csrf_token" not in page:  # signed in already: any page has the sign-out form
            page = self.get("/account", follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, "no form on the page"
        return found[1]

    def sign_in(self, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Sign in as somebody."""
        return self.post("/login", name=name, password=password, **fields)

    def cookie(self, name: str) -> str | None:
        """The value of a cookie that the browser keeps."""
        found = self.client.get_cookie(name)
        return found.value if found else None
