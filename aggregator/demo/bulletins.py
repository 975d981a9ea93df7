"""Short live entries in Arabic: fixed sentences around changing figures.

Numbers stay in ranges for which the counted noun is right (11 to 99 take the singular).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime

from aggregator.demo import match
from aggregator.demo.articles import CASABLANCA, dateline


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment of a live entry: its number, its minute, and its random generator."""

    number: int
    at: datetime

    @property
    def chance(self) -> random.Random:
        """The same generator for the same number, always."""
        return random.Random(f"live {self.number}")  # noqa: S311 (figures of a demo)

    @property
    def clock(self) -> str:
        """Local time, "14:35"."""
        return f"{self.at.astimezone(CASABLANCA):%H:%M}"

    @property
    def heure(self) -> str:
        """Local time as French papers write it, "14 h 35"."""
        return f"{self.at.astimezone(CASABLANCA):%H\u00a0h\u00a0%M}"

    def wave(self, middle: float, swing: float, slowness: float) -> float:
        """A figure that moves evenly around `middle`, so that one entry fits the one before."""
        slow = math.sin(self.number / slowness)
        return middle + swing * (0.75 * slow + 0.25 * math.sin(self.number * 1.7))


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a live entry."""

    title: str
    body: str


def comma(value: float, digits: int) -> str:
    """A number as Arabic and French papers of the Maghreb write it: 18,4."""
    return f"{value:.{digits}f}".replace(".", ",")


def port_calls(moment: Moment) -> Text:
    """A dispatch of the agency: ships at the quay."""
    chance = moment.chance
    docked, waiting, boxes = chance.randint(11, 19), chance.randint(3, 9), chance.randint(112, 198)
    sea = chance.choice(
        ("رياح شرقية معتدلة لا تعيق", "رياح غربية خفيفة لا تعيق", "بحر قليل الهيجان لا يعيق")
    )
    return Text(
        f"ميناء رأس البوغاز: {docked} سفينة راسية و{waiting} سفن في الانتظار عند الساعة "
        f"{moment.clock}",
        f"<p>رأس البوغاز {dateline(moment.at)} (و.ب) – بلغ عدد السفن الراسية بأرصفة ميناء رأس "
        f"البوغاز، إلى حدود الساعة {moment.clock}، ما مجموعه {docked} سفينة، فيما تنتظر {waiting} "
        "سفن أخرى دورها بعرض البحر، حسب نشرة لقبطانية الميناء.</p>"
        f"<p>وعالجت الأرصفة خلال الساعة الأخيرة {boxes} حاوية، في ظل {sea} عمليات الشحن "
        "والتفريغ. (و.ب)</p>",
    )


def weather(moment: Moment) -> Text:
    """An observation of the weather in a city."""
    chance = moment.chance
    city = chance.choice(("الرباط", "طنجة", "أكادير", "فاس", "وجدة", "الصويرة", "تطوان"))
    degrees, tenth = chance.randint(11, 22), chance.randint(1, 9)
    strength, low, high = chance.choice((("خفيفة", 11, 14), ("معتدلة", 16, 28), ("نشطة", 32, 48)))
    direction = chance.choice(("غربية", "شمالية", "شرقية", "جنوبية غربية"))
    sky = chance.choice(
        (
            "وكانت السماء صافية إلى قليلة السحب وقت الرصد، دون تسجيل أي تساقطات",
            "وكانت السماء غائمة جزئيا، مع قطرات متفرقة لم يتجاوز مجموعها مليمترا واحدا",
            "وغطت سحب منخفضة جزءا من الأفق، دون أن يتأثر مدى الرؤية",
        )
    )
    return Text(
        f"رصد الساعة {moment.clock}: {degrees} درجة ب{city} ورياح {direction} {strength}",
        f"<p>سجلت محطة الرصد ب{city}، عند الساعة {moment.clock}، حرارة بلغت {degrees},{tenth} درجة "
        f"ورطوبة نسبية في حدود {chance.randint(41, 88)} في المائة، مع رياح {direction} {strength} "
        f"وصلت سرعتها إلى {chance.randint(low, high)} كيلومترا في الساعة.</p>"
        f"<p>{sky}. ويجري تحيين هذه المعطيات على مدار اليوم.</p>",
    )


def freight_index(moment: Moment) -> Text:
    """The figure of an invented market."""
    value, before = (
        Moment(number, moment.at).wave(1284.0, 22.0, 31.0)
        for number in (moment.number, moment.number - 12)
    )
    rises = value >= before
    percent = comma(max(abs(value / before - 1) * 100, 0.01), 2)
    reason = (
        "وساهم في هذا الارتفاع إقبال المصدرين على حجز الحاويات المبردة"
        if rises
        else "ويعزى هذا التراجع إلى وفرة الحاويات الفارغة بأرصفة رأس البوغاز"
    )
    return Text(
        f"مؤشر «بوغاز 20» للشحن {'يرتفع' if rises else 'يتراجع'} إلى {comma(value, 1)} نقطة في "
        f"قراءة الساعة {moment.clock}",
        f"<p>بلغ مؤشر «بوغاز 20»، الذي يقيس أثمنة الشحن بين موانئ المضيق، {comma(value, 1)} نقطة "
        f"في قراءة الساعة {moment.clock}، {'بارتفاع' if rises else 'بتراجع'} نسبته {percent} في "
        "المائة مقارنة مع القراءة السابقة.</p>"
        f"<p>{reason}. وبلغ عدد العقود المتداولة {moment.chance.randint(12, 96)} عقدا.</p>",
    )


def road(moment: Moment) -> Text:
    """Waiting times on the road."""
    chance = moment.chance
    place = chance.choice(
        (
            "مدخل إنزكان الشمالي",
            "المدار الطرقي لأيت ملول",
            "الطريق الساحلية بين تغازوت وأورير",
            "المقطع الرابط بين تارودانت وأولاد برحيل",
        )
    )
    minutes, usual = chance.randint(14, 34), chance.randint(4, 9)
    cause = chance.choice(
        (
            "أشغال صيانة في المسلك الأيمن",
            "مرور قافلة من شاحنات الحوامض",
            "عطب أصاب حافلة جرى سحبها إلى جانب الطريق",
        )
    )
    advice = chance.choice(
        (
            "بترك مسافة الأمان والتحلي بالصبر",
            "بسلوك الطريق الجانبية إلى حين عودة الحركة إلى طبيعتها",
        )
    )
    return Text(
        f"نقطة السير {moment.clock}: بطء عند {place} وزمن العبور {minutes} دقيقة",
        f"<p>تعرف حركة السير بطئا عند {place}، وفق ما عاينته «صوت الجنوب» في حدود الساعة "
        f"{moment.clock}، ويقدر زمن العبور بنحو {minutes} دقيقة عوض {usual} دقائق في الأوقات "
        f"العادية.</p><p>ويعود ذلك إلى {cause}، وينصح السائقون {advice}.</p>",
    )


def match_report(moment: Moment) -> Text:
    """The current match, in Arabic."""
    now = match.state(moment.number)
    home, away, score = match.HOME.ar, match.AWAY.ar, f"({now.home}-{now.away})"
    when = {"break": "نهاية الشوط الأول", "over": "صافرة النهاية"}
    stage = when.get(now.phase, f"الدقيقة {now.minute}")
    scorers = "، ".join(f"{goal.ar} (د {goal.minute})" for goal in now.goals)
    which = "الهدف الوحيد" if len(now.goals) == 1 else "الأهداف"
    goals = f"وسجل {which}: {scorers}" if now.goals else "ولم تهتز الشباك إلى الآن"
    follow = {
        "break": "ويعود الفريقان إلى أرضية الملعب بعد دقائق",
        "over": "ويلتقي الفريقان مجددا في مباراة الإياب",
    }.get(now.phase, "وتتواصل المباراة أمام مدرجات ممتلئة")
    return Text(
        f"مباشر – {stage}: {_standing(now, home, away)} {score}",
        f"<p>{_standing(now, home, away)} {score}، في اللقاء الذي يجمع بينهما بملعب رأس البوغاز "
        f"برسم «كأس المرافئ»، حسب آخر تحيين عند الساعة {moment.clock} ({stage}).</p>"
        f"<p>{goals}. {follow}.</p>",
    )


def _standing(now: match.MatchState, home: str, away: str) -> str:
    over = now.phase == "over"
    if now.home == now.away:
        return f"{home} و{away} {'يفترقان على التعادل' if over else 'متعادلان'}"
    first, second = (home, away) if now.home > now.away else (away, home)
    return f"{first} {'يفوز' if over else 'متقدم'} على {second}"
