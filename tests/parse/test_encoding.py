"""Bytes in every encoding that feeds come in, and in some that they should not."""

import codecs

import pytest

from aggregator.parse.encoding import _LEGACY, clean_markup, decode
from aggregator.parse.mojibake import repair_mojibake

ARABIC = "المغرب يفوز على تونس في نهائي الكأس"
FRENCH = "L'été à Fès : É. Zahra, « Ça va », cœur"


def xml(text: str, encoding: str = "") -> str:
    prolog = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    return f"{prolog}<rss><title>{text}</title></rss>"


@pytest.mark.parametrize("text", [ARABIC, FRENCH])
@pytest.mark.parametrize(
    ("codec", "content_type", "prolog"),
    [
        ("utf-8", "", ""),
        ("utf-8", "text/xml", "utf-8"),
        ("utf-8", "text/xml; charset=iso-8859-1", "utf-8"),
        ("utf-8", "text/xml; charset=windows-1256", "windows-1256"),
        ("utf-8", "text/xml; charset=utf-7", "utf-7"),
        ("utf-8", 'text/xml; charset="nonsense"', "rot13"),
        ("utf-8-sig", "text/xml; charset=windows-1252", ""),
        ("utf-16", "text/xml; charset=utf-8", "utf-16"),
        ("utf-16-le", "text/xml", "utf-16"),
        ("utf-16-be", "", ""),
        ("utf-32", "", ""),
        ("utf-32-be", "", ""),
    ],
)
def test_unicode_is_found_whatever_is_claimed(
    text: str, codec: str, content_type: str, prolog: str
) -> None:
    document = xml(text, prolog)
    assert decode(document.encode(codec), content_type) == (document, None)


@pytest.mark.parametrize(
    ("text", "codec", "content_type", "prolog"),
    [
        (ARABIC, "cp1256", "text/xml; charset=windows-1256", ""),
        (ARABIC, "cp1256", "text/xml", "windows-1256"),
        (ARABIC, "cp1256", "text/xml; charset=utf-8", "utf-8"),
        (ARABIC, "cp1256", "text/xml; charset=iso-8859-1", "utf-8"),
        (ARABIC, "cp1256", "", ""),
        (ARABIC, "iso8859-6", "", ""),
        (ARABIC, "iso8859-6", "text/xml; charset=iso-8859-6", ""),
        (ARABIC, "iso8859-6", "text/xml; charset=utf-8", "utf-8"),
        (FRENCH, "cp1252", "text/xml; charset=iso-8859-1", ""),
        (FRENCH, "cp1252", "", "utf-8"),
        (FRENCH, "cp1252", "", ""),
        ("Новости Рабата", "koi8-r", "text/xml; charset=koi8-r", ""),
        ("新闻", "gb18030", "", "gb2312"),
    ],
)
def test_legacy_encodings_are_found(text: str, codec: str, content_type: str, prolog: str) -> None:
    document = xml(text, prolog)
    assert decode(document.encode(codec), content_type) == (document, None)


@pytest.mark.parametrize(
    ("bad", "shown"),
    [
        (b"caf\xe9 \x93x\x94", "café “x”"),
        (b" \xd8 ", " \ufffd "),
        (b" \xc7\xe1\xe3\xdb\xd1\xc8 ", " المغرب "),
    ],
)
def test_a_few_bad_bytes_do_not_turn_a_feed_into_mojibake(bad: bytes, shown: str) -> None:
    text, problem = decode((ARABIC * 3).encode() + bad, "")
    assert text == ARABIC * 3 + shown
    assert problem is not None
    assert problem.kind == "damaged_encoding"


def test_utf7_is_never_decoded() -> None:
    assert decode(b"+ADw-script+AD4-", "text/xml; charset=utf-7")[0] == "+ADw-script+AD4-"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1256"])
def test_utf8_that_was_misread_is_read_again(encoding: str) -> None:
    assert repair_mojibake(ARABIC.encode().decode(encoding)) == ARABIC


def test_windows_1256_that_was_misread_is_read_again() -> None:
    assert (
        repair_mojibake(f"<b>{ARABIC.encode('cp1256').decode('cp1252')}</b>") == f"<b>{ARABIC}</b>"
    )


@pytest.mark.parametrize(
    "text", [ARABIC, FRENCH, "«عطلة» ط، ظ؛ ع", "ÉÉÉÉ et le reste en français", "ØÙ Å", "Ø§"]
)
def test_what_is_right_stays(text: str) -> None:
    assert repair_mojibake(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\x00b\x0bc\ufffe\uffff\ud800d", "abcd"),
        ("&#xD800;&#0;&#x1F;&#1114112;&#xFFFFFFFFFF;&#99999999999999999999;", ""),
        (f"&#{'9' * 10_000};", ""),
        ("&#9;&#65;&#x10FFFF;&#128512;", "&#9;&#65;&#x10FFFF;&#128512;"),
        ("&#146;\x93", "’“"),
        ("\n <?xml version='1.0'?>\n<a/>", "\n<a/>"),
        ("\ufeff<a/>", "<a/>"),
        ("&#;&#x;&", "&#;&#x;&"),
        ("سطر\tوآخر\r\n😀", "سطر\tوآخر\r\n😀"),
    ],
)
def test_markup_is_cleaned_of_what_xml_forbids(text: str, clean: str) -> None:
    assert clean_markup(text) == clean


def test_every_allowed_legacy_name_is_a_codec() -> None:
    for name in _LEGACY:
        assert codecs.lookup(name)
