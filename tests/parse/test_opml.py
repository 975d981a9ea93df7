"""Lists of feeds as other programs write them, and files that are none."""

from __future__ import annotations

import pytest

from aggregator.errors import ParseError
from aggregator.parse.opml import OpmlDocument, OpmlProblem, Outline, read_opml, write_opml

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
    ).outlines
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
    assert read_opml(text.encode(encoding)).outlines[0].title == "جريدة"


def test_what_other_programs_get_wrong() -> None:
    document = an_opml("<outline text='a' xmlUrl='https://a.example/f'/>").decode()
    document = "\r\n <?xml version='1.0'?>" + document.replace("opml", "OPML")
    assert read_opml(document.encode()).outlines[0].url == "https://a.example/f"


def test_what_is_written_is_read_again() -> None:
    outlines = (
        Outline(
            '"Sud" & <Nord>', "https://a.example/f?a=1&b=2", "https://a.example", "المغرب", "fr"
        ),
        Outline("هسبريس", "https://h.example/f", group="المغرب", language="ar"),
        Outline("top", "https://t.example/f"),
        Outline("b", "https://b.example/f", group="المغرب", is_sorted=False),
    )
    assert read_opml(write_opml("<all> & more", outlines).encode()) == OpmlDocument(outlines)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not XML",
        b"<html><body/></html>",
        b"<opml><body>",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_opml(data: bytes) -> None:
    with pytest.raises(ParseError):
        read_opml(data)


def test_any_depth() -> None:
    deep = "<outline text='x'>" * 50_000 + "</outline>" * 50_000
    assert read_opml(an_opml(deep)) == OpmlDocument(())


# --- mended as feeds are ---------------------------------------------------------------------

FEED = "<outline text='الضفة' xmlUrl='https://a.example/f?a=1&amp;b=2'/>"
OUTLINE = Outline("الضفة", "https://a.example/f?a=1&b=2")


@pytest.mark.parametrize(
    "data",
    [
        an_opml(FEED.replace("&amp;", "&")),
        b"\xef\xbb\xbf\n\n<?xml version='1.0'?>" + an_opml(FEED),
        an_opml(FEED).decode().encode("windows-1256"),
        b"<?xml version='1.0' encoding='utf-8'?>" + an_opml(FEED).decode().encode("windows-1256"),
        b"<?xml version='1.0' encoding='bogus'?>" + an_opml(FEED),
        b"<?xml version='1.0' encoding='utf-7'?>" + an_opml(FEED),
        an_opml(FEED).decode().encode("utf-16"),
        an_opml(FEED, head="<!DOCTYPE opml SYSTEM 'opml.dtd'>"),
        an_opml(FEED, head="<!-- <opml> exported by another reader -->"),
        an_opml(FEED.replace("text=", "note='&eacute;&x;\x01' text=")),
        an_opml(FEED) + b"<!-- the end --> bye",
        b"Warning: deprecated in export.php on line 3\n" + an_opml(FEED),
    ],
)
def test_small_faults_cost_nothing(data: bytes) -> None:
    assert read_opml(data) == OpmlDocument((OUTLINE,))


def test_entities_are_never_expanded() -> None:
    head = f"<!DOCTYPE opml [<!ENTITY l0 'x'>{BOMB}<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    data = an_opml("<outline text='&l9;&f;' xmlUrl='https://a.example/f'/>", head=head)
    assert read_opml(data).outlines[0].title == "&l9;&f;"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("<outline text='Fish < chips' xmlUrl='https://b.example/f'/>", "Fish < chips"),
        ('<outline text="The "Old" Port" xmlUrl="https://b.example/f"/>', 'The "Old" Port'),
        ("<outline text='b' text='c' xmlUrl='https://b.example/f'/>", "b"),
        ("<outline text=b xmlUrl=https://b.example/f>", "b"),
        ("<outline text='b' xmlUrl='https://b.example/f'></outlin>", "b"),
        ("<outline text='b' xmlUrl='https://b.example/f'/></outline></outline>", "b"),
    ],
)
def test_a_broken_tag_costs_no_neighbour(line: str, title: str) -> None:
    document = read_opml(an_opml(FEED, "\n", line, "\n", "<outline xmlUrl='https://c.example/f'/>"))
    assert [each.title for each in document.outlines] == ["الضفة", title, "https://c.example/f"]
    assert [each.kind for each in document.problems] == ["damaged"]


def test_a_tag_that_cannot_be_read_is_told_with_its_line() -> None:
    line = "<outline text='b' xmlUrl='https://b.example/f/>"
    assert read_opml(an_opml(FEED, "\n", line, "\n", FEED.replace("a.example", "c.example"))) == (
        OpmlDocument(
            (OUTLINE, Outline("الضفة", "https://c.example/f?a=1&b=2")),
            (OpmlProblem(3, "damaged"), OpmlProblem(2, "unreadable")),
        )
    )


def test_a_file_that_is_cut_off_keeps_what_arrived() -> None:
    whole = an_opml(FEED, "\n", "<outline text='b' xmlUrl='https://b.example/f'/>").decode()
    document = read_opml(whole.partition("b.example")[0].encode())
    assert document.outlines == (OUTLINE,)
    assert OpmlProblem(2, "unreadable") in document.problems


def test_lost_characters_are_told() -> None:
    data = an_opml(FEED * 3).replace("ضفة".encode(), b"\xd8", 1)
    assert "damaged" in {each.kind for each in read_opml(data).problems}


# --- what was left out -----------------------------------------------------------------------


def test_what_was_left_out_is_told_with_line_and_reason() -> None:
    head = "\ufeff\n\n<?xml version='1.0'?>\n<!-- made\nby hand -->\n"
    document = read_opml(
        an_opml(
            "\n<outline text='script' xmlUrl='javascript:alert(1)'/>",
            "\n<outline text='file' xmlUrl='file:///etc/passwd'/>",
            "\n<outline text='none' xmlUrl=''/>",
            "\n<outline text='site' type='rss' htmlUrl='https://s.example'/>",
            "\n<outline text='words' xmlUrl='feed me'/>",
            "\n<outline text='secret' xmlUrl='https://u:hunter2@h.example/f'/>",
            "\n<outline title='https://u:hunter2@i.example/f' xmlUrl='https://u:hunter2@i.example/f'/>",
            head=head,
        )
    )
    assert document.problems == (
        OpmlProblem(7, "scheme", "script"),
        OpmlProblem(8, "scheme", "file"),
        OpmlProblem(9, "no_address", "none"),
        OpmlProblem(10, "no_address", "site"),
        OpmlProblem(11, "address", "words"),
        OpmlProblem(12, "credentials", "secret"),
        OpmlProblem(13, "credentials"),
    )
    assert document.outlines == (
        Outline("secret", "https://h.example/f"),
        Outline("https://i.example/f", "https://i.example/f"),
    )
    assert not any(word in repr(document) for word in ("hunter2", "javascript:", "file:"))


def test_two_spellings_of_one_address_are_one_feed() -> None:
    document = read_opml(
        an_opml("<outline xmlUrl='feed://a.example/f'/><outline xmlUrl='a.example/f'/>")
    )
    assert [each.url for each in document.outlines] == ["https://a.example/f"]


def test_more_feeds_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.parse.opml.MAX_OUTLINES", 2)
    outlines = [f"<outline text='{n}' xmlUrl='https://{n}.example/f'/>" for n in "abc"]
    document = read_opml(an_opml(*outlines))
    assert len(document.outlines) == 2
    assert document.problems == (OpmlProblem(1, "too_many", "c"),)
