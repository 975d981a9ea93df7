"""[[owner]] tables and the owners of sources."""

from __future__ import annotations

import pytest

from aggregator import config
from aggregator.errors import ConfigError, ConfigProblem
from aggregator.types import LocalizedName, Owner

SOURCE = """\
[[source]]
slug = "a"
name = "A"
owner = "press"
feeds = [ { url = "https://a.example/" } ]
"""
PRESS = """\
[[owner]]
slug = "press"
name = { ar = "دار", en = "House" }
kind = "state"
source_url = "https://press.example/about"
"""


def problems(text: str) -> list[ConfigProblem]:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "config.toml", {})
    return list(caught.value.problems)


def test_owners_as_the_layers_below_use_them() -> None:
    settings = config.parse(PRESS + SOURCE, "config.toml", {})
    name = LocalizedName("دار", "House", "House")
    assert config.owner_specs(settings) == (
        Owner("press", name, "state", "https://press.example/about"),
    )
    (source,) = config.source_specs(settings)
    assert (source.owner, source.ownership) == ("press", "state")


def test_a_source_may_say_itself_what_it_is() -> None:
    text = PRESS + SOURCE + 'ownership = "public"\n'
    (source,) = config.source_specs(config.parse(text, "config.toml", {}))
    assert (source.owner, source.ownership) == ("press", "public")


def test_an_unknown_owner_of_a_source() -> None:
    (found,) = problems(PRESS + SOURCE.replace('"press"', '"pres"'))
    assert (found.file, found.line, found.where) == ("config.toml", 9, 'source "a".owner')
    assert (found.message, found.hint) == (
        'there is no owner "pres"', 'did you mean "press"?',
    )  # fmt: skip


def test_without_any_owner_it_says_how_to_write_one() -> None:
    (found,) = problems(SOURCE)
    assert found.hint == "add an [[owner]] with this slug, a name, a kind and a source_url"


def test_an_unknown_parent() -> None:
    (found,) = problems(PRESS + 'parents = [ "press", "holding" ]\n'.replace('"press", ', ""))
    assert (found.line, found.message) == (6, 'there is no owner "holding"')
    assert found.where == 'owner "press".parents[0]'


def test_a_circle_of_parents() -> None:
    other = PRESS.replace('"press"', '"holding"') + 'parents = ["press"]\n'
    (found,) = problems(PRESS + 'parents = ["holding"]\n' + other)
    assert (found.line, found.where) == (6, 'owner "press".parents')
    assert found.message == 'is its own owner: "press" belongs to "holding" belongs to "press"'
    assert found.hint == "take one of them out of the parents of the other"


def test_an_owner_of_itself() -> None:
    (found,) = problems(PRESS + 'parents = ["press"]\n')
    assert found.message == 'is its own owner: "press" belongs to "press"'
    assert found.hint == "take it out of its own parents"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("source_url", 'add the address of the page that says so: source_url = "https://…"'),
        ("kind", 'write "state", "party", "private" or "public"'),
    ],
)
def test_a_claim_has_a_kind_and_a_source(key: str, hint: str) -> None:
    lines = [line for line in PRESS.splitlines() if not line.startswith(key)]
    (found,) = problems("\n".join(lines))
    assert (found.line, found.where) == (1, f'owner "press".{key}')
    assert (found.message, found.hint) == ("is missing", hint)


def test_a_wrong_kind_or_address() -> None:
    text = PRESS.replace('"state"', '"rich"').replace('"https://press.example/about"', '"press"')
    kind, address = problems(text)
    assert (kind.line, kind.hint) == (4, 'write "state", "party", "private" or "public"')
    assert (address.line, address.message) == (5, '"press" is not a web address')


def test_two_owners_with_one_slug() -> None:
    (found,) = problems(PRESS + PRESS)
    assert (found.line, found.message) == (
        7, 'the slug "press" is taken by the owner in line 2',
    )  # fmt: skip


@pytest.mark.parametrize("text", ["owner = 1", '[[owner]]\nslug = 1\nparents = "a"', "[owner]"])
def test_the_wrong_shape_is_a_problem_and_no_crash(text: str) -> None:
    assert problems(text)
