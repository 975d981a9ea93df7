"""Made-up Arabic news prose: real common words, plus a long tail built from roots.

No article's text is used. A short lexicon alone would make thousands of headlines resemble
each other as real ones never do, so that about a third of the words are built from a root of
three consonants and a pattern, which gives the open vocabulary of real news.
"""

from random import Random


def _words(text: str) -> list[str]:
    return text.split()


_LINKS = _words(
    "في من على إلى عن مع بعد قبل خلال منذ حول ضد بين أمام وراء تحت فوق دون نحو لدى عبر "
    "الذي التي الذين هذا هذه ذلك تلك كما حيث إذ لكن بل ثم أو أن إن قد لم لن كان كانت وقد فيما"
)

_NOUNS = _words(
    "حكومة وزارة برلمان مجلس رئيس وزير ملك قانون مشروع اتفاق شراكة تعاون استثمار اقتصاد "
    "سوق بنك ميزانية ضريبة أسعار محروقات طاقة كهرباء ماء سد فلاحة زراعة حبوب زيتون صيد ميناء "
    "مطار طريق قطار سكة نقل سياحة فندق مهرجان موسيقى سينما مسرح كتاب معرض جامعة مدرسة تلميذ "
    "أستاذ امتحان تعليم صحة مستشفى طبيب ممرض دواء لقاح جائحة تغطية حماية أسرة طفل امرأة شباب "
    "جمعية نقابة إضراب حوار احتجاج محكمة قاض محام حكم متهم أمن شرطة درك حريق حادث زلزال فيضان "
    "طقس مطر ثلج حرارة رياح ملعب مباراة منتخب مدرب لاعب هدف بطولة كأس نهائي جمهور تذكرة فريق "
    "صحافة قناة إذاعة موقع شبكة تطبيق هاتف بيانات ذكاء رقمنة منصة شركة مقاولة عامل أجر شغل "
    "بطالة سكن عقار مدينة قرية جهة إقليم عمالة جماعة انتخابات حزب مرشح صوت لجنة تقرير دراسة "
    "إحصاء نسبة مليون مليار درهم دولار يورو قمة مؤتمر سفير حدود هجرة منطقة صحراء جبل ساحل بحر"
)

_VERBS = _words(
    "أعلن أكد أوضح كشف دعا طالب قرر وقع افتتح أطلق نظم شارك حقق سجل ارتفع انخفض تراجع بلغ "
    "تجاوز واصل استقبل بحث ناقش صادق رفض نفى حذر انتقد أشاد وصف يرى يسعى يتوقع يهدف يضم تعتزم "
    "تستعد تواجه تشهد تعرف تنطلق تتواصل تدرس تراهن تعزز"
)

_PLACES = _words(
    "المغرب الرباط الدار البيضاء مراكش فاس طنجة أكادير وجدة مكناس تطوان العيون الداخلة ورزازات "
    "الصويرة الجديدة آسفي الناظور الحسيمة بني ملال القنيطرة تونس الجزائر موريتانيا مصر السعودية "
    "إسبانيا فرنسا البرتغال السنغال نيجيريا"
)

_ADJECTIVES = _words(
    "جديد كبير وطني دولي محلي جهوي مالي اجتماعي سياسي ثقافي رياضي قانوني رقمي صناعي مهم عاجل "
    "مشترك رسمي عمومي خاص تاريخي سنوي شامل مستدام"
)

_CONSONANTS = "بتجحدرزسشصضطعغفقكلمنهو"
_PATTERNS = (
    "{0}ا{1}{2}", "م{0}{1}و{2}", "{0}{1}ي{2}", "ت{0}{1}ي{2}", "م{0}ا{1}{2}ة", "ا{0}ت{1}ا{2}",
    "است{0}{1}ا{2}", "{0}{1}ا{2}ات", "{0}وا{1}{2}", "م{0}{1}{2}ون", "ان{0}{1}ا{2}", "أ{0}{1}ا{2}",
)  # fmt: skip
_PREFIXES = ("", "", "ال", "ال", "ال", "وال", "بال", "لل", "و", "ب")


def derived_word(random: Random) -> str:
    """A word as Arabic builds them: a root of three consonants in a pattern."""
    return random.choice(_PATTERNS).format(*random.sample(_CONSONANTS, 3))


class Writer:
    """Writes prose from one seed; the same seed gives the same words on every machine."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def headline(self) -> str:
        """Seven to twelve words, as Moroccan desks write them."""
        words = [self._place(), self._verb(), *self._words(self.number(5, 10))]
        return " ".join(words)

    def sentence(self) -> str:
        """Ten to twenty words with a full stop."""
        words = [self._verb(), *self._words(self.number(9, 19))]
        words.insert(self.number(3, len(words) - 1), f"{self.number(2, 2026)}")
        return " ".join(words) + "."

    def phrase(self, count: int) -> str:
        """`count` words."""
        return " ".join(self._words(count))

    def _words(self, count: int) -> list[str]:
        return [self._word() for _ in range(count)]

    def _word(self) -> str:
        draw = self._random.random()
        if draw < 0.20:
            return self._random.choice(_LINKS)
        if draw < 0.48:
            return self._prefixed(self._random.choice(_NOUNS))
        if draw < 0.58:
            return self._prefixed(self._random.choice(_ADJECTIVES))
        if draw < 0.66:
            return self._place()
        return self._prefixed(derived_word(self._random))

    def _prefixed(self, word: str) -> str:
        return self._random.choice(_PREFIXES) + word

    def _place(self) -> str:
        return self._random.choice(_PLACES)

    def _verb(self) -> str:
        return self._random.choice(_VERBS)
