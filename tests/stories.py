"""One event, told by four sources: an agency, a paper of its own, a reprint, one in French."""

from __future__ import annotations

from datetime import timedelta

from aggregator.process.analysis.story_features import story_features
from aggregator.types import PreparedEntry
from tests.builders import NOW, an_entry

DISPATCH = (
    "تيزران (و.م.ع) – لقي أربعة أشخاص مصرعهم وأصيب 23 آخرون بجروح متفاوتة الخطورة في حادثة سير "
    "وقعت صباح اليوم على الطريق الوطنية رقم 29 قرب أغبالة، إثر اصطدام حافلة للمسافرين قادمة من "
    "تيزران بشاحنة لنقل الرمال. ونقل المصابون إلى المستشفى الإقليمي، وفتحت مصالح الدرك تحقيقا."
)
OWN = (
    "استيقظت أغبالة صباح اليوم على فاجعة مرورية بعد اصطدام عنيف بين حافلة كانت قادمة من تيزران "
    "وشاحنة محملة بالرمال على الطريق الوطنية رقم 29. وأسفر الحادث عن أربعة قتلى و23 جريحا نقلوا "
    "إلى المستشفى الإقليمي، فيما باشر الدرك تحقيقه، وحكى ناجون لموقعنا عن لحظات "
    "الرعب التي سبقت الاصطدام، وعن سائق لم ينم ليلته."
)
FRENCH = (
    "Quatre personnes ont été tuées et 23 blessées jeudi matin dans la collision d’un autocar venu "
    "de Tizrane et d’un camion de sable sur la route nationale 29, près d’Aghbala. Les blessés ont "
    "été conduits à l’hôpital provincial et la gendarmerie a ouvert une enquête."
)
ELSEWHERE = (
    "افتتح مساء الأربعاء بالمدينة العتيقة لتامنت متحف مخصص للخزف التقليدي يضم 640 قطعة يعود أقدمها "
    "إلى القرن الخامس عشر، في فندق تاريخي رمم على مدى ثلاث سنوات بكلفة 18 مليون درهم."
)


def told(title: str, text: str, minutes: int = 60, language: str = "ar") -> PreparedEntry:
    """An entry, published `minutes` before `NOW`, as clustering sees it."""
    return an_entry(
        title, guid=title, text=text, language=language, story=story_features(title, text),
        published_at=NOW - timedelta(minutes=minutes),
    )  # fmt: skip


FOUR = (
    told("مصرع أربعة أشخاص في حادثة سير قرب أغبالة", DISPATCH, 90),
    told("فاجعة أغبالة.. حافلة تصطدم بشاحنة رمال", OWN, 80),
    told("أغبالة: أربعة قتلى في حادثة سير", DISPATCH[18:200] + " والتفاصيل لاحقا.", 70),
    told("Aghbala : quatre morts dans la collision d’un autocar et d’un camion", FRENCH, 60, "fr"),
)
