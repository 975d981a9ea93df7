"""Requests in logs: by their route, as addresses may hold links that open accounts, and queries."""

from __future__ import annotations

from flask import request


def shown_address() -> str:
    """The route of this request, with its numbers: "/entries/7", "/invite/<token>"."""
    if request.url_rule is None:
        return "(no such page)"
    address = request.url_rule.rule
    for name, value in (request.view_args or {}).items():
        if isinstance(value, int):
            address = address.replace(f"<int:{name}>", str(value))
    return address
