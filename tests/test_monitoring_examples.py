"""The example dashboard and alerts name metrics and labels that /metrics prints."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aggregator.config import Settings, WebSettings
from aggregator.storage import counters
from aggregator.storage.engine import Database
from aggregator.storage.replica import Replica, ReplicaState
from aggregator.storage.schema import migrate
from tests.builders import FAST_PASSWORDS, NOW, make_feed, make_source
from web import create_app
from web.state import set_state, state_of

ROOT = Path(__file__).parents[1]
RULES = (ROOT / "deploy/prometheus/marsad.rules.yml").read_text("utf-8")
DASHBOARD = json.loads((ROOT / "deploy/grafana/marsad.json").read_text("utf-8"))
DOCUMENTATION = (ROOT / "docs/operating.md").read_text("utf-8")
TOKEN = "a token of Prometheus"
# Labels that Prometheus adds to what it scrapes.
ADDED = {"job", "instance"}
GROUPED = re.compile(r"by \(([^)]*)\)")
SELECTOR = re.compile(r"\b(marsad_\w+|up)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')

Series = dict[str, dict[str, set[str]]]
"""Values by metric and label."""


def alerts() -> dict[str, str]:
    """Expressions by alert."""
    found = re.findall(
        r"- alert: (\w+)\n +expr:(.*?)\n +(?:for|labels):", RULES, re.DOTALL
    )  # what is read here needs no YAML parser
    return {name: expression.removeprefix(" |") for name, expression in found}


def panels() -> dict[str, list[str]]:
    """Expressions by the title of their panel."""
    return {
        panel["title"]: [target["expr"] for target in panel["targets"]]
        for panel in DASHBOARD["panels"]
        if panel["type"] != "row"
    }


EXPRESSIONS = [
    *alerts().values(),
    *(expression for each in panels().values() for expression in each),
]


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """What a site with a replica prints that was visited, and one of whose polls failed."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('metrics') / 'marsad.db'}")
    migrate(database)
    with database.write() as session:
        source = make_source(session)
        make_feed(session, source, last_polled_at=NOW, last_success_at=NOW)
        counters.add(session, {("poll_failures", "dns"): 1})
    app = create_app(Settings(web=WebSettings(metrics_token=TOKEN)), database, FAST_PASSWORDS)
    nowhere = "postgresql://marsad@127.0.0.1:1/marsad"
    replica = Replica(Database(nowhere), nowhere)
    replica.state = ReplicaState("late", "behind", lag_s=12.0)
    set_state(app, replace(state_of(app), replica=replica))
    client = app.test_client()
    for page in ("/search?q=سدود", "/api/v1/search?q=سدود"):
        assert client.get(page).status_code == 200
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    replica.close()
    database.close()
    found: Series = {"up": {}}  # Prometheus' own
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, defaultdict(set))
            for label, value in sample.labels.items():
                labels[label].add(value)
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_metrics_and_labels_exist(series: Series, expression: str) -> None:
    selectors = SELECTOR.findall(expression)
    assert selectors
    for metric, matchers in selectors:
        assert metric in series
        matched = MATCHER.findall(matchers)
        assert len(matched) == matchers.count('"') / 2
        for label, _, pattern in matched:
            assert label in {*series[metric], *ADDED}, metric
            if label not in ADDED and (metric, label) != ("marsad_requests_total", "status"):
                values = {value.replace(r"\.", ".") for value in pattern.split("|")}
                assert values <= series[metric][label], (metric, label)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_grouped_by_exists(series: Series, expression: str) -> None:
    labels = {label for metric, _ in SELECTOR.findall(expression) for label in series[metric]}
    grouped = set(re.findall(r"\w+", " ".join(GROUPED.findall(expression))))
    assert grouped <= labels | ADDED


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_brackets_are_closed(expression: str) -> None:
    open_ = []
    closing = {")": "(", "]": "[", "}": "{"}
    for letter in re.sub(r'"[^"]*"', "", expression):
        if letter in closing.values():
            open_.append(letter)
        elif letter in closing:
            assert open_.pop() == closing[letter]
    assert open_ == []


def test_counters_are_read_as_rates() -> None:
    """A counter says nothing by itself: it only grows."""
    for expression in EXPRESSIONS:
        for counter in re.finditer(r"marsad_\w+_(?:total|bucket)", expression):
            assert re.search(r"(?:rate|increase)\($", expression[: counter.start()]), expression


def test_legends_show_labels_that_are_left() -> None:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert shown <= set(re.findall(r"\w+", " ".join(GROUPED.findall(target["expr"]))))


def test_panels_have_titles_and_places_of_their_own() -> None:
    shown = DASHBOARD["panels"]
    assert len({panel["id"] for panel in shown}) == len(shown)
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in shown)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert all(panel["title"] for panel in shown)


def test_alerts_are_explained() -> None:
    """All of those, and no others."""
    assert set(alerts()) == set(re.findall(r"^\| `(Marsad\w+)` \|", DOCUMENTATION, re.MULTILINE))
    assert len(alerts()) == RULES.count("- alert:")
    assert RULES.count("summary:") == RULES.count("severity:") == len(alerts())


def test_metrics_are_documented(series: Series) -> None:
    listed = set(re.findall(r"`(marsad_\w+)`", DOCUMENTATION))
    printed = {name for name in series if not name.endswith("_created")} - {"up"}
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in printed} == listed
