"""Keys by which entries are recognised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.keys import key64
from aggregator.process.entries import fingerprint
from aggregator.process.entries.fingerprint import comparison_bytes, strip_trailers

LONG = "أعلنت الحكومة المغربية عن إجراءات جديدة لدعم القدرة الشرائية للأسر " * 6


def text_key(title: str, text: str) -> int | None:
    """The key of a title and a body as publishers write them."""
    body = strip_trailers(text)
    return fingerprint.text_key(comparison_bytes(title), comparison_bytes(body), len(body.split()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("الحُكومَةُ", "الحكومة"),
        ("المغـــرب", "المغرب"),
        ("\u200fالمغرب\u200e \u202aاليوم\u202c", "المغرب اليوم"),
        ("قال: «نعم»، ثم…", 'قال "نعم" ثم'),
        ("L’ÉTÉ  arrive !", "l'été arrive"),
        ("e\u0301te\u0301", "été"),
        ("a\xa0b\tc\nd", "a b c d"),
        ("الدار البيضاء – المغرب", "الدار البيضاء - المغرب"),
    ],
)
def test_texts_that_only_look_different(one: str, other: str) -> None:
    assert comparison_bytes(one) == comparison_bytes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("عام 2025", "عام 2026"), ("علم", "عالم"), ("ete", "été"), ("على", "علي")],
)
def test_texts_that_are_different(one: str, other: str) -> None:
    assert comparison_bytes(one) != comparison_bytes(other)


@given(st.text())
def test_comparable_takes_any_text(text: str) -> None:
    assert (
        comparison_bytes(comparison_bytes(text).decode()) == comparison_bytes(text)
        or not text.isascii()
    )


def test_keys_are_signed_and_depend_on_the_parts() -> None:
    keys = {key64(*parts) for parts in [("a", "b"), ("ab",), ("b", "a"), ("a", "b", "")]}
    assert len(keys) == 4
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert key64("marsad") == key64("marsad")
    key64("\ud800")


# --- text ----------------------------------------------------------------------------------------


def test_a_dispatch_is_recognised_under_another_headline() -> None:
    assert text_key("عنوان أول", LONG) == text_key("عنوان آخر", LONG)


def test_a_short_text_counts_with_its_headline_only() -> None:
    text = "تفاصيل أوفى في النشرة القادمة من الأخبار"
    assert text_key("أمطار في الرباط", text) != text_key("حادث في فاس", text)
    assert text_key("أمطار في الرباط", text) == text_key("أمطار في الرِّباط!", text)


def test_too_little_text_is_not_compared() -> None:
    assert text_key("طقس اليوم", "التفاصيل في الصورة") is None
    assert text_key("طقس اليوم", "") is None


@pytest.mark.parametrize(
    "trailer",
    [
        "\nالمصدر: و.م.ع",
        "\nSource : MAP",
        "\nالمصدر: وكالة الأنباء",
        " (مع وكالات)",
        " و.م.ع",
        " The post عنوان المقال appeared first on Hespress.",
        " L’article Un titre est apparu en premier sur Médias24.",
        " ظهرت المقالة عنوان أولاً على العمق المغربي.",
        " المقالة عنوان ظهرت أولا على هسبريس",
        " اقرأ المزيد",
        " إقرأ المزيد...",
        " اقرأ أيضا: عنوان مقال آخر",
        " Lire la suite »",
        " Read more",
        " Continue reading عنوان →",
        " […]",
        "…",
        " (و م ع)",
        " (و.م.ع)",
        " (MAP)",
        " - AFP",
        " / رويترز",
        " […] The post x appeared first on y.",
        " (و م ع) اقرأ المزيد",
    ],
)
def test_trailers_do_not_count(trailer: str) -> None:
    assert text_key("عنوان", LONG + trailer) == text_key("عنوان", LONG)
    assert strip_trailers(LONG + trailer) == LONG.strip()


@pytest.mark.parametrize(
    "ending",
    [
        "من أجل تحقيق المزيد من النجاح",
        "he went home to read more books. And slept.",
        "قال المتحدث لوكالة رويترز",
        "المقال الذي نشر أمس",
        "في مباراة المغرب - فرنسا",
    ],
)
def test_ordinary_endings_stay(ending: str) -> None:
    assert strip_trailers(f"{LONG}{ending}") == f"{LONG}{ending}"


def test_trailers_take_linear_time() -> None:
    for flood in ("The post ", "المقالة ", "(", "…", "Read more ", "[ "):
        strip_trailers(flood * 50_000)


# --- identity ------------------------------------------------------------------------------------


@pytest.mark.parametrize("guid", [None, "", "  ", "\n", "0", "-1", "null", "None", "N/A"])
def test_unusable_guids(guid: str | None) -> None:
    assert fingerprint.usable_guid(guid) is None


def test_guids_are_exact_but_for_their_ends_and_composition() -> None:
    assert fingerprint.usable_guid(" tag:a,2026:1 \n") == "tag:a,2026:1"
    assert fingerprint.usable_guid("e\u0301") == fingerprint.usable_guid("\xe9")
    assert fingerprint.usable_guid("Tag:1") != fingerprint.usable_guid("tag:1")
    assert fingerprint.usable_guid("ﻻ") != fingerprint.usable_guid("لا")


def test_identity_is_guid_then_address_then_content() -> None:
    identity = fingerprint.identity_key
    assert identity("g", 1, b"a", b"b") == identity("g", 2, b"c", b"d")
    assert identity(None, 1, b"a", b"b") == identity(None, 1, b"c", b"d")
    assert identity(None, None, b"a", b"b") != identity(None, None, b"a", b"c")
    assert identity(None, None, b"a", b"b") == identity(None, None, b"a", b"b")
    assert identity("1", None, b"", b"") != identity(None, 1, b"", b"")


def test_text_revision_follows_title_and_text() -> None:
    revision = fingerprint.text_revision
    assert revision(b"a", b"b", None) == revision(b"a", b"b", None)
    assert (
        len({revision(b"a", b"b", None), revision(b"x", b"b", None), revision(b"a", b"x", 1)}) == 3
    )
