"""Ids that no row can have, wherever they are read."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.web.browser import Browser

HUGE = [str(2**31), str(2**63 - 1), str(2**63), str(2**64), "9" * 30, "9" * 5000]


def test_there_is_no_page_with_such_an_id(app: Flask, chaimae: Browser) -> None:
    token = chaimae.form_token()
    for rule in app.url_map.iter_rules():
        if "<int:" not in rule.rule:
            continue
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        for number in HUGE[:-1]:
            path = re.sub("<[^>]+>", "x", re.sub("<int:[^>]+>", number, rule.rule))
            data = {"csrf_token": token} if method == "POST" else None
            assert chaimae.client.open(path, method=method, data=data).status_code == 404, path
    assert chaimae.get(f"/entries/{HUGE[-1]}").status_code == 404


@pytest.mark.parametrize("number", HUGE)
def test_forms_and_parameters_with_such_ids(chaimae: Browser, number: str) -> None:
    for url, fields in (
        ("/entries/read", {"ids": number, "on": "1"}),
        ("/entries/read-all", {"up_to": number, "above": number}),
        ("/entries/undo", {"undo": number}),
        ("/stories/1/merge", {"other": number}),
        ("/stories/1/split", {"ids": number}),
        ("/topics/x/revert", {"number": number, "base": number}),
        ("/topics/x/delete", {"base": number}),
        ("/topics/new", {"base": number, "limit": number}),
        ("/operate/people/1/role", {"role": "reader", "days": number}),
        ("/account/tokens", {"label": "x", "days": number}),
    ):
        assert chaimae.post(url, **fields).status_code < 500, url
    for url in (
        f"/api/v1/entries?feed={number}",
        f"/api/v1/entries?limit={number}",
        f"/api/v1/entries?cursor={number}",
        f"/search?q={number}&cursor={number}",
        f"/topics/x/history?before={number}&after={number}",
        f"/operate?page={number}",
        f"/entries/1?in=tag&tag={number}",
    ):
        assert chaimae.get(url).status_code < 500, url
