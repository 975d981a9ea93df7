"""Names that stand for each other: tables of the program, and files of operators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import ConfigError
from aggregator.text.equivalents import Equivalents, equivalents, read_table, use_tables
from aggregator.text.stems import stem
from aggregator.text.tokens import folded_words


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[Path]:
    """A folder for tables; those of the program alone afterwards."""
    yield tmp_path
    use_tables([])


def standing_for(words: str) -> set[str]:
    return {" ".join(name) for name in equivalents().of(folded_words(words))}


def stems_of(words: str) -> str:
    return " ".join(map(stem, folded_words(words)))


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("CAF", "الكاف"),
        ("الكاف", "CAF"),
        ("PJD", "العدالة والتنمية"),
        ("العدالة والتنمية", "PJD"),
        ("Rabat", "الرباط"),
        ("ⵔⴱⴰⵟ", "Rabat"),
        ("مبابي", "Mbappé"),
        ("عبد الله", "عبدالله"),
        ("عبدالله", "عبد الله"),
    ],
)
def test_names_that_stand_for_each_other(typed: str, other: str) -> None:
    assert stems_of(other) in standing_for(typed)


def test_a_word_stands_for_itself_alone() -> None:
    assert standing_for("كتاب") == standing_for("cheval") == standing_for("الكاف الكبير") == set()


def test_names_spelt_like_frequent_words_are_not_searched_for() -> None:
    """Else the African cup would be found in whatever somebody can do."""
    assert stems_of("كأس إفريقيا") in standing_for("CAN")
    assert standing_for("كأس إفريقيا") & {"can", "كان"} == set()
    assert standing_for("الأمم المتحدة") & {"un"} == set()


def test_a_group_stands_for_each_of_its_names_and_for_no_other_group() -> None:
    found = Equivalents([[("a",), ("b", "c")], [("d",), ("a",)]])
    assert found.of(["a"]) == [("b", "c"), ("d",)]
    assert found.of(["d"]) == [("a",)]
    assert found.longest == 2


def test_a_table_of_an_operator_stands_beside_those_of_the_program(tables: Path) -> None:
    (tables / "names.txt").write_text("\ufeff# clubs\n\nنهضة بركان، RSB\nقصر؛ قصور\n", "utf-8")
    use_tables([tables / "names.txt"])
    assert standing_for("RSB") == {stems_of("نهضة بركان")}
    assert stems_of("CAF") in standing_for("الكاف")
    use_tables([])
    assert standing_for("RSB") == set()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("OCP", "a line needs two names or more, separated by commas"),
        ("OCP, ", "a name is empty"),
        ("OCP, ---, b", '"---" has no letters or digits'),
        (", ".join("abcdefghijklmnopqrstu"), "21 names"),
        ("OCP, " + "a " * 13, "a name of 13 words"),
    ],
)
def test_a_line_that_cannot_be_used(line: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_table(f"# first\na, b\n{line}\n", "names.txt")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.message) == ("names.txt", 3, message)
    assert problem.hint


def test_everything_wrong_is_reported_at_once(tables: Path) -> None:
    (tables / "a.txt").write_text("one\na, b\ntwo\n", "utf-8")
    (tables / "b.txt").write_bytes("a, b\nقمر, ".encode() + b"\xff\n")
    files = [tables / name for name in ("a.txt", "b.txt", "missing.txt")]
    with pytest.raises(ConfigError) as caught:
        use_tables(files)
    places = [(Path(each.file).name, each.line) for each in caught.value.problems]
    assert places == [("a.txt", 1), ("a.txt", 3), ("b.txt", 2), ("missing.txt", None)]
    assert standing_for("a") == set()
