"""Files of sources.d: loaded with the config, each problem with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator import config
from aggregator.errors import ConfigError

HESPRESS = '[[source]]\nslug = "hespress"\nname = "H"\nfeeds = [ { url = "https://h.example/" } ]\n'
MEDIAS = '[[source]]\nslug = "medias24"\nname = "M"\nfeeds = [ { url = "https://m.example/" } ]\n'
YABILADI = '[[source]]\nslug = "yabiladi"\nname = "Y"\nfeeds = [ { url = "https://y.example/" } ]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "sources.d").mkdir()
    found = tmp_path / "config.toml"
    found.write_text(HESPRESS)
    return found


def write(path: Path, name: str, text: str) -> None:
    (path.parent / "sources.d" / name).write_text(text)


def slugs(path: Path) -> list[str]:
    return [source.slug for source in config.load(path, {}).source]


def problems(path: Path) -> list[str]:
    """Each problem, its file by name."""
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    return [str(each).replace(f"{path.parent}/", "") for each in caught.value.problems]


def test_files_are_loaded_in_the_order_of_their_names_behind_the_config(path: Path) -> None:
    write(path, "20.toml", MEDIAS)
    write(path, "10.toml", YABILADI)
    assert slugs(path) == ["hespress", "yabiladi", "medias24"]


def test_a_config_without_sources_of_its_own(path: Path) -> None:
    path.write_text("[web]\nport = 8001\n")
    write(path, "a.toml", MEDIAS)
    write(path, "b.toml", "")
    assert slugs(path) == ["medias24"]


@pytest.mark.parametrize("name", [".hidden.toml", "notes.txt", "old.toml.bak"])
def test_other_files_are_left_alone(path: Path, name: str) -> None:
    write(path, name, "not TOML at all")
    assert slugs(path) == ["hespress"]


def test_a_bad_key_is_reported_with_its_file_and_line(path: Path) -> None:
    write(path, "a.toml", MEDIAS)
    write(path, "b.toml", "# mine\n" + YABILADI + 'langage = "fr"\n')
    assert problems(path) == [
        'sources.d/b.toml:6: source "yabiladi".langage: unknown key; did you mean "language"?'
    ]


def test_a_source_without_a_slug_is_counted_in_its_own_file(path: Path) -> None:
    write(path, "a.toml", MEDIAS + '\n[[source]]\nname = "N"\nfeeds = []\n')
    assert [line.partition(": ")[0] for line in problems(path)] == [
        "sources.d/a.toml:6",
        "sources.d/a.toml:8",
    ]
    assert "source number 2.slug" in problems(path)[0]


def test_problems_of_several_files_come_in_their_order(path: Path) -> None:
    path.write_text(HESPRESS + "colour = 1\n")
    write(path, "b.toml", YABILADI + "colour = 1\n")
    write(path, "a.toml", "\n" + MEDIAS + "colour = 1\n")
    assert [line.partition(": ")[0] for line in problems(path)] == [
        "config.toml:5",
        "sources.d/a.toml:6",
        "sources.d/b.toml:5",
    ]


def test_a_slug_may_occur_once_in_all_files(path: Path) -> None:
    write(path, "a.toml", HESPRESS.replace("h.example", "other.example"))
    assert problems(path) == [
        'sources.d/a.toml:2: source "hespress": the slug "hespress" is taken by the source in '
        "config.toml:2; give one of them another slug"
    ]


def test_a_feed_may_occur_once_in_all_files(path: Path) -> None:
    write(path, "a.toml", MEDIAS)
    write(path, "b.toml", YABILADI.replace("y.example", "m.example"))
    assert problems(path) == [
        'sources.d/b.toml:4: source "yabiladi": the feed https://m.example/ stands in '
        "sources.d/a.toml:4 already; remove one of them"
    ]


def test_syntax_errors_of_all_files_are_reported_at_once(path: Path) -> None:
    write(path, "a.toml", "[[source]\n")
    write(path, "b.toml", 'x = "\n')
    found = problems(path)
    assert [line.partition(": ")[0] for line in found] == [
        "sources.d/a.toml:1",
        "sources.d/b.toml:1",
    ]
    assert all("not valid TOML" in line for line in found)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[web]\nport = 1\n",
            "sources.d/a.toml:1: web: only [[source]] tables belong in sources.d",
        ),
        ('[source]\nslug = "a"\n', "sources.d/a.toml:1: source: is not a list of tables"),
    ],
)
def test_only_sources_belong_there(path: Path, text: str, problem: str) -> None:
    write(path, "a.toml", text)
    (found,) = problems(path)
    assert found.startswith(problem)


def test_a_file_that_is_no_text(path: Path) -> None:
    (path.parent / "sources.d" / "a.toml").write_bytes(b"\xff\xfe")
    (found,) = problems(path)
    assert found.startswith("sources.d/a.toml: ")


def test_a_pack_may_name_a_source_of_another_file(path: Path) -> None:
    pack = '[[pack]]\nslug = "p"\nname = "P"\nsources = [ "medias24", "medias25" ]\n'
    path.write_text(pack + HESPRESS)
    write(path, "a.toml", MEDIAS)
    (found,) = problems(path)
    assert 'there is no source "medias25"; did you mean "medias24"?' in found


def test_the_text_that_a_file_is_about_to_have(path: Path) -> None:
    pending = {path.parent / "sources.d" / "requested.toml": YABILADI}
    assert [each.slug for each in config.load(path, {}, pending).source][-1] == "yabiladi"
    assert slugs(path) == ["hespress"]
