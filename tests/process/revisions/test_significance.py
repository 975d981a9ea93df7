"""What a change amounts to."""

from __future__ import annotations

import pytest

from aggregator.process.revisions.significance import compare
from aggregator.types import Change, EntryText
from benchmarks.revisions_labelled import read_pairs

TITLE = "سقوط 3 قتلى في حادث بتارودانت"
BODY = "<p>قال مصدر محلي إن الحادث وقع صباح اليوم بسبب السرعة المفرطة.</p>"


def change(before: tuple[str, str], after: tuple[str, str]) -> Change | None:
    return compare(EntryText(before[0], "", before[1]), EntryText(after[0], "", after[1]))


def size(before: str, after: str, body: str = BODY, new_body: str = BODY) -> str:
    found = change((before, body), (after, new_body))
    return found.size if found else ""


def test_labelled_changes() -> None:
    """`benchmarks.revisions` prints the figures; each class has to be recognised by most."""
    found: dict[str, list[bool]] = {}
    for pair in read_pairs():
        result = compare(pair.before, pair.after)
        found.setdefault(pair.size, []).append((result.size if result else "") == pair.size)
    assert sum(map(len, found.values())) == 120
    assert all(sum(right) >= 0.9 * len(right) for right in found.values()), found


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (TITLE, TITLE.replace("3", "5"), "figures"),
        (TITLE, TITLE.replace("3", "ثلاثة"), "wording"),
        (TITLE, TITLE.replace("تارودانت", "أكادير"), "names"),
        (TITLE, TITLE.replace("3 قتلى", "3 جرحى"), "substance"),
        (TITLE, TITLE.replace("حادث", "حاذث"), "typo"),
        (TITLE, TITLE.replace("في حادث", "إثر حادث"), "wording"),
        (TITLE, TITLE + ".", "typo"),
        ("Le PJD salue l'accord", "Le PJD ne salue pas l'accord", "substance"),
        ("Minister Samir Alaoui resigns", "Minister Omar Tazi resigns", "names"),
        ("Prices rise in May", "Prices fall in May", "substance"),
        ("El Gobierno aprueba la ley", "El Gobierno rechaza la ley", "substance"),
        ("El ministro habló", "El ministro nunca habló", "substance"),
        ("Cinco muertos en Nador", "Siete muertos en Nador", "figures"),
        ("Cinco muertos en Nador", "5 muertos en Nador", "wording"),
        ("ⵉⴷⴷⴰ ⵓⵎⴰⵔⴰ ⵖⵔ ⴼⴰⵙ", "ⵓⵔ ⵉⴷⴷⵉ ⵓⵎⴰⵔⴰ ⵖⵔ ⴼⴰⵙ", "substance"),
        ("War in the north enters week 3", "Conflict in the north enters week 3", "wording"),
        ("Dams fill after rain", "DAMS FILL AFTER RAIN", "typo"),
        ("السدود تمتلئ", "السُّدُود تَمتلِئ", ""),
        ("سقوط 40 قتيلا", "سقوط ٤٠ قتيلا", ""),
        ("1.200 personnes évacuées", "1,200 personnes évacuées", "typo"),
        ("ميزانية 1,5 مليون", "ميزانية ١٫٥ مليون", "typo"),
        ("ميزانية 1,5 مليون", "ميزانية 1,6 مليون", "figures"),
        ("1.200 personnes évacuées", "1.300 personnes évacuées", "figures"),
    ],
)
def test_headlines(before: str, after: str, expected: str) -> None:
    assert size(before, after) == expected


def test_what_counts_more_decides() -> None:
    both = BODY.replace("الحادث", "الحاذث")
    assert size(TITLE, TITLE.replace("3", "5"), new_body=both) == "figures"


def test_paragraphs_in_another_order_are_wording() -> None:
    one, other = BODY, "<p>وفتحت مصالح الدرك بحثا في الموضوع لمعرفة كل الظروف والملابسات.</p>"
    assert size(TITLE, TITLE, one + other, other + one) == "wording"


@pytest.mark.parametrize(
    ("title", "note"),
    [
        (TITLE, "<p>تحيين: بلغ العدد 5</p>"),
        (TITLE, "<p>تصحيح: ورد في صيغة سابقة رقم خاطئ</p>"),
        (f"{TITLE} (محين)", ""),
        (TITLE, "<p>[Mise à jour à 14 h] Le bilan passe à 5</p>"),
        (TITLE, "<p>Correction: an earlier version gave another figure.</p>"),
        (f"{TITLE} - updated", ""),
        (TITLE, "<p>Fe de errores: una versión anterior daba otra cifra.</p>"),
        (f"RETRACTED: {TITLE}", ""),
    ],
)
def test_a_change_that_its_publisher_owns_up_to_is_not_silent(title: str, note: str) -> None:
    found = change((TITLE, BODY), (title.replace("3", "5"), BODY + note))
    assert found is not None
    assert not found.silent
    silent = change((title, BODY + note), (title.replace("3", "5"), BODY + note))
    assert silent is not None
    assert silent.silent


@pytest.mark.parametrize(
    "title", [f"RETRACTED: {TITLE}", f"سحب خبر: {TITLE}", f"[Article retiré] {TITLE}"]
)
def test_a_retraction_is_substance_and_announced(title: str) -> None:
    found = change((TITLE, BODY), (title, BODY))
    assert found == Change(size="substance", silent=False, title_changed=True)


def test_a_changed_headline_is_told_from_a_changed_body() -> None:
    found = change((TITLE, BODY), (TITLE, BODY.replace("صباح", "مساء")))
    assert found is not None
    assert not found.title_changed
    found = change((TITLE, BODY), (TITLE + " اليوم", BODY))
    assert found is not None
    assert found.title_changed
