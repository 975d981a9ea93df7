"""Lists of feeds as other programs write them, and files that are none."""

from __future__ import annotations

import pytest

from aggregator.errors import ParseError
from aggregator.parse.opml import Outline, read_opml, write_opml

BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def an_opml(*outlines: str, head: str = "") -> bytes:
    return f"{head}<opml version='2.0'><body>{''.join(outlines)}</body></opml>".encode()


def test_folders_titles_and_repeated_feeds() -> None:
    found = read_opml(
        an_opml(
            "<outline text='أخبار'><outline text='a' title='A &amp; B' xmlUrl='https://a.example/f'"
            " htmlUrl='https://a.example' language='ar'/><outline><outline text='c' "
            "XMLURL=' https://c.example/f '/></outline></outline>",
            "<outline text='again' xmlUrl='https://a.example/f'/><outline xmlUrl='https://d.example/f'/>",
            "<outline text='a note without a feed'/>",
        )
    )
    assert found == (
        Outline("A & B", "https://a.example/f", "https://a.example", "أخبار", "ar"),
        Outline("c", "https://c.example/f", "", "أخبار"),
        Outline("https://d.example/f", "https://d.example/f"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1256"])
def test_encodings(encoding: str) -> None:
    text = (
        f"<?xml version='1.0' encoding='{encoding}'?>"
        + an_opml("<outline text='جريدة' xmlUrl='https://a.example/f'/>").decode()
    )
    assert read_opml(text.encode(encoding))[0].title == "جريدة"


def test_what_other_programs_get_wrong() -> None:
    document = an_opml("<outline text='a' xmlUrl='https://a.example/f'/>").decode()
    document = "\r\n <?xml version='1.0'?>" + document.replace("opml", "OPML")
    assert read_opml(document.encode())[0].url == "https://a.example/f"


def test_what_is_written_is_read_again() -> None:
    outlines = (
        Outline(
            '"Sud" & <Nord>', "https://a.example/f?a=1&b=2", "https://a.example", "المغرب", "fr"
        ),
        Outline("هسبريس", "https://h.example/f", group="المغرب", language="ar"),
        Outline("top", "https://t.example/f"),
    )
    assert read_opml(write_opml("<all> & more", outlines).encode()) == outlines


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not XML",
        b"<html><body/></html>",
        b"<opml><body>",
        b"\xff\xfe\x00",
        b"<?xml version='1.0' encoding='bogus'?><opml/>",
        b"<?xml version='1.0' encoding='utf-7'?><opml/>",
        an_opml(head="<!DOCTYPE opml>"),
        an_opml("&l9;", head=f"<!DOCTYPE opml [<!ENTITY l0 'x'>{BOMB}]>"),
        an_opml("&x;", head="<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
    ],
)  # fmt: skip
def test_what_is_no_opml(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_opml(data)


def test_any_depth() -> None:
    deep = "<outline text='x'>" * 50_000 + "</outline>" * 50_000
    assert read_opml(an_opml(deep)) == ()
