import pytest

from aggregator.process.stories.agencies import (
    AGENCIES,
    agency_of_source,
    agency_slug,
    detect_agency,
    find_agency,
    mentions_agency,
)


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("الرباط 24 نونبر 2026 (ومع) – أكد الوزير أن المشروع سينطلق قريبا.", "MAP"),
        ("الرباط/ 24 نونبر (و.م.ع) - أكد الوزير.", "MAP"),
        ("باريس (أ ف ب) – قال متحدث إن القمة ستعقد.", "AFP"),
        ("واشنطن (رويترز) - أعلنت الشركة نتائجها.", "Reuters"),
        ("أنقرة/ الأناضول/ بحث الطرفان العلاقات.", "AA"),
        ("برلين (د ب أ)- ذكر تقرير أن النمو تباطأ.", "DPA"),
        ("أعلنت الجامعة عن موعد الدورة المقبلة. (وام)", "WAM"),
        ("Rabat (MAP) - Le conseil a adopté le projet.", "MAP"),
        ("Le trafic a repris jeudi matin, selon l’opérateur. (avec AFP)", "AFP"),
        ("LONDON (Reuters) - Shares rose on Monday.", "Reuters"),
        ("Madrid, 1 dic (EFE).- El Gobierno aprobó ayer el presupuesto.", "EFE"),
        ("MADRID, 1 (EUROPA PRESS) El Gobierno aprobó ayer el presupuesto.", "Europa Press"),
        ("نواكشوط (و م أ) – افتتح الوزير أشغال الدورة.", "AMI"),
        ("ROMA (ANSA) - Il governo ha approvato la legge.", "ANSA"),
        ("وستعقد القمة المقبلة في مارس. المصدر: وكالة المغرب العربي للأنباء", "MAP"),
        ("Le trafic a repris jeudi matin. Source : AFP", "AFP"),
        ("El tráfico se reanudó el jueves. Fuente: EFE.", "EFE"),
        ("La source : un ancien ministre", ""),
        ("قالت وكالة رويترز للأنباء إن الخبر غير صحيح، ونفت فرانس برس ذلك.", ""),
        ("Les agences AFP et Reuters ont été citées par le ministre dans son discours.", ""),
        ("ارتفع عدد المسافرين (بما في ذلك العابرون) بنسبة كبيرة.", ""),
    ],
)
def test_an_agency_is_known_by_its_dateline_or_signature(text, agency):
    assert detect_agency(text) == agency


def test_an_author_who_is_an_agency_counts():
    assert detect_agency("نص الخبر كما ورد.", "و.م.ع") == "MAP"
    assert detect_agency("نص الخبر كما ورد.", "أمينة العلوي") == ""


@pytest.mark.parametrize(
    ("names", "agency"),
    [
        (
            ("وكالة المغرب العربي للأنباء (بالفرنسية)", "Agence Maghreb Arabe Presse (français)"),
            "MAP",
        ),
        (("وكالة الأنباء الجزائرية", "Algérie Presse Service"), "APS"),
        (("وكالة تونس أفريقيا للأنباء", "Tunis Afrique Presse"), "TAP"),
        (("وكالة البوغاز",), "Al Boughaz"),
        (("أب", "AP"), ""),
        (("صحيفة الأطلس", "L’Atlas"), ""),
    ],
)
def test_a_source_is_an_agency_by_its_full_name(names, agency):
    """Initials alone say too little."""
    assert agency_of_source(names) == agency


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("وذلك حسب ما أوردته وكالة المغرب العربي للأنباء في قصاصة لها.", True),
        ("قالت وكالة رويترز إن الخبر غير صحيح.", True),
        ("selon l’Agence France-Presse, qui cite un responsable", True),
        ("a appris la MAP auprès des autorités", True),
        ("The map shows a new road; efe and dpa are no words.", False),
        ("أكد المصدر ذاته أن المشروع سينطلق قريبا.", False),
    ],
)
def test_a_sentence_may_name_an_agency(text, named):
    assert mentions_agency(text) is named


def test_each_agency_has_an_address_of_its_own():
    assert [find_agency(agency_slug(agency)) for agency in AGENCIES] == list(AGENCIES)
    assert find_agency("nowhere") is None
