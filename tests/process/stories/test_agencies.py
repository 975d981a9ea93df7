import pytest

from aggregator.process.stories.agencies import detect_agency


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
