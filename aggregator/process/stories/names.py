"""Find the names of places and people in Arabic words: they tell events of one kind apart.

Arabic does not mark names with capitals. They are known by tables of places and of given names, or
by the word before: "the town of …", "the minister …".
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.process.stories.places import PLACES, with_proclitics
from aggregator.text.function_words import is_function_word
from aggregator.text.tokens import folded_words

# Before a family name.
_GIVEN_NAMES = """
محمد أحمد حسن الحسن حسين الحسين عمر عثمان إدريس يوسف ياسين يونس إبراهيم إسماعيل مصطفى عزيز
رشيد سعيد حميد مجيد جمال كمال نبيل خالد طارق فؤاد هشام حمزة أيوب أنس بلال زكرياء سفيان أشرف نزار
مروان منير إلياس المهدي العربي الطيب التهامي بوشعيب بنعيسى عبد عبدالله عبدالرحيم عبدالإله
عبداللطيف عبدالعزيز عبدالمالك عبدالقادر فاطمة خديجة عائشة زينب مريم نجاة سعاد حنان نادية لطيفة
سميرة نعيمة أمينة سلمى ليلى نوال سناء كوثر غيثة أسماء نزهة
"""
# The first words of many names of places: Oulad Zidane, Aït Melloul, Ras Boughaz.
_PLACE_HEADS = "أولاد آيت بني سيدي مولاي عين برج راس مرسى لالة"
_BEFORE_PLACE = """
مدينة إقليم عمالة جماعة قرية بلدة دوار غابة محافظة ولاية ضواحي مشارف قرب ميناء مطار واد جبل جزيرة
ضاحية مخيم
"""
_BEFORE_PERSON = """
الوزير الوزيرة السيد السيدة الرئيس المدرب اللاعب المهاجم الحارس المدافع المغني المغنية الفنان
الفنانة الدكتور الدكتورة الأمير الأميرة الشيخ النائب الموثقة الموثق القاضي المحامي الصحافي
الصحافية الممثل الممثلة الكاتب الكاتبة الجنرال الكولونيل العداء العداءة البطل البطلة
"""
# Words -> where names are, counted from the word.
_TABLES = {
    _BEFORE_PERSON: (1, 2),
    _BEFORE_PLACE: (1,),
    _PLACE_HEADS: (0, 1),
    _GIVEN_NAMES: (0, 1),
}
_NAMES_NEAR = {
    form: places
    for words, places in _TABLES.items()
    for word in folded_words(words)
    for form in with_proclitics(word)
} | dict.fromkeys(PLACES, (0,))
_TITLES = frozenset(form for word in folded_words(_BEFORE_PERSON) for form in with_proclitics(word))


def name_positions(words: Sequence[str]) -> set[int]:
    """Return the positions in folded `words` of what is (part of) a name."""
    found: set[int] = set()
    for position, near in enumerate(map(_NAMES_NEAR.get, words)):
        if near:
            start = position + _adjectives(words, position)
            found.update([start + step for step in near])
    return {
        position
        for position in found
        if position < len(words) and not is_function_word(words[position])
    }


def _adjectives(words: Sequence[str], position: int) -> int:
    """1 for "Senegalese" of "the Senegalese forward X", else 0."""
    following = words[position + 1 : position + 2]
    return int(words[position] in _TITLES and bool(following) and following[0].startswith("ال"))
