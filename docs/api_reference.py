"""Writes docs/api.md from the OpenAPI document of the API: `make api-docs`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from aggregator.config import Settings
from aggregator.storage.engine import Database
from aggregator.storage.schema import migrate
from web import create_app
from web.api import openapi, reference
from web.api.reference import Row, ShownObject, ShownOperation

PAGE = Path(__file__).parent / "api.md"
SITE = "https://marsad.example"

_ACCESS = {
    "open": "",
    "read": "Needs a token or the cookie of a signed-in browser.",
    "write": "Needs a token with the scope `write`.",
}
_BEGINNING = f"""\
# The JSON API

<!-- Made by `make api-docs` from the declarations in web/api; tests/web/api/test_openapi.py fails
     if it is not current. -->

Programs find this as an OpenAPI 3.1 document at `/api/v1/openapi.json`, people on the page `/api`
of each site. The query language is described in [search.md](search.md).

    TOKEN=$(marsad user token amina --scope write)
    curl "{SITE}/api/v1/entries?lang=ar&limit=5"
    curl -H "Authorization: Bearer $TOKEN" "{SITE}/api/v1/entries?unread=1"
    curl -H "Authorization: Bearer $TOKEN" -d "ids=1,2,3&on=1" {SITE}/api/v1/entries/read
"""


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/marsad.db")
        migrate(database)
        app = create_app(Settings(), database)
        document = openapi.build(app.url_map, app.view_functions, SITE)
        database.close()
    PAGE.write_text(page(document), "utf-8")
    print(f"wrote {PAGE}")


def page(document: dict[str, Any]) -> str:
    """The page for a document, as Markdown."""
    parts = [
        _BEGINNING,
        document["info"]["description"] + "\n",
        *(_operation(each) for each in reference.list_operations(document)),
        "## Objects\n",
        *(_object(each) for each in reference.list_objects(document)),
        "## Statuses\n",
        _table(("status", ""), reference.list_statuses(document)),
        'An error is `{"error": {"code", "message"}}`, `message` in English.\n',
    ]
    return "\n".join(parts)


def _operation(shown: ShownOperation) -> str:
    return "\n".join(_parts_of_operation(shown))


def _parts_of_operation(shown: ShownOperation) -> Iterator[str]:
    yield f"## {shown.method} {shown.path}\n"
    yield " ".join(filter(None, (shown.summary, shown.text, _ACCESS[shown.access]))) + "\n"
    if shown.parameters:
        yield _table(("parameter", ""), shown.parameters)
    if shown.fields:
        yield _table(("field", "", ""), shown.fields)
        yield (
            f"    curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' \\\n"
            f"         -d '{shown.example}' {SITE}{openapi.PREFIX}{shown.path}\n"
        )
    yield f"Answers `{shown.answer}`.\n"


def _object(shown: ShownObject) -> str:
    also = f" It has all fields of `{shown.base}`, and:" if shown.base else ""
    head = f"### {shown.name}\n\n{shown.text}{also}\n"
    return "\n".join((head, _table(("field", "", ""), shown.fields)))


def _table(head: tuple[str, ...], rows: Iterable[Row]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for row in rows:
        required = " (required)" if row.required else ""
        kind = (f"`{row.kind}`",) if len(head) == 3 else ()
        lines.append(f"| {' | '.join((f'`{row.name}`{required}', *kind, row.text))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
