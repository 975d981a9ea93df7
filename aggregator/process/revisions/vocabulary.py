"""The words that turn a text around, count in it, or say that it was changed: data."""

from __future__ import annotations

import re

from aggregator.text.normalize import fold_word

# In French "ne" or "n'" always comes with another word, and is often left out of headlines.
NEGATIONS = frozenset(
    fold_word(word)
    for word in (
        "لا لم لن ليس ليست ليسوا دون بدون غير عدم ولا ولم ولن وليس وليست بلا"
        " pas jamais aucun aucune sans ni non not no never none without neither nor cannot"
        " didn't doesn't don't isn't wasn't won't"
        " nunca jamás sin ningún ninguna ninguno tampoco ur ⵓⵔ ⵡⴰⵔ"
    ).split()
)

# Two sides of one matter each, up to the semicolon: words of which one gives way to the other.
_OPPOSITES = """
يؤكد تؤكد أكد أكدت مؤكدا مؤكدة ويؤكد وأكد | ينفي تنفي نفى نفت نافيا نافية وينفي ونفى يفند تفند فند
فندت;
ارتفاع ارتفع ارتفعت يرتفع ترتفع الارتفاع بارتفاع زيادة الزيادة بزيادة | انخفاض انخفض انخفضت ينخفض
تنخفض الانخفاض بانخفاض تراجع تراجعت يتراجع تتراجع التراجع بتراجع;
فوز فاز فازت يفوز تفوز بفوز الفوز انتصار | خسارة خسر خسرت يخسر تخسر هزيمة بهزيمة انهزم انهزمت
تعادل تعادلت يتعادل;
يوافق وافق وافقت توافق موافقة يقبل قبل قبلت | يرفض رفض رفضت ترفض بالرفض;
اعتقال يعتقل اعتقل اعتقلت توقيف أوقفت يوقف | إفراج الإفراج أفرج سراح إخلاء;
إدانة أدان أدانت يدين مدان | براءة برأ برأت ببراءة تبرئة;
فتح يفتح افتتاح تفتح إعادة | إغلاق يغلق أغلق أغلقت تغلق إقفال;
نجاح نجح نجحت ينجح | فشل فشلت يفشل إخفاق أخفق;
سلبي سالب | إيجابي موجب;
مقتل قتل قتلى وفاة مصرع | إصابة أصيب جرح جرحى مصابين نجاة;
تعيين عين | إعفاء أعفي إقالة أقيل;
تأجيل أجل تؤجل يؤجل إلغاء ألغى ألغت | تنظيم تأكيد;
confirme confirment confirmé confirmée | dément démentent démenti démentie infirme nie nient;
hausse augmente augmentent augmentation progresse progression monte | baisse baissent recul recule
reculent diminue diminution chute;
accepte acceptent approuve approuvent approuvé | rejette rejettent refuse refusent refusé rejeté;
victoire gagne gagnent remporte | défaite perd perdent nul;
arrêté arrêtés arrêtée interpellé interpellés | libéré libérés libérée relâché relâchés;
condamné condamnée condamnés coupable | acquitté acquittée acquittés relaxé relaxée innocent;
ouvre ouvrent ouverture ouvert ouverte rouvre | ferme ferment fermeture fermé fermée;
tués tué tuée morts mort morte | blessés blessé blessée;
maintenu maintenue maintient | annulé annulée reporté reportée annule reporte;
confirms confirm confirmed | denies deny denied;
rise rises rose up increase increases increased gain gains | fall falls fell down decrease
decreases decreased drop drops dropped decline declines;
approves approve approved accepts accepted | rejects reject rejected refuses refused;
win wins won victory beat beats | lose loses lost defeat draw;
arrested detained | released freed;
convicted guilty | acquitted cleared innocent;
opens open opened reopens | closes close closed shuts shut;
killed dead | injured wounded;
confirmed scheduled | cancelled canceled postponed;
confirma confirman confirmó | desmiente desmienten desmintió niega niegan negó;
sube suben subió aumenta aumentan aumentó subida | baja bajan bajó cae caen cayó descenso bajada;
aprueba aprueban aprobó acepta aceptan aceptó | rechaza rechazan rechazó;
gana ganan ganó victoria vence vencen | pierde pierden perdió derrota empata empate;
detenido detenida detenidos | liberado liberada liberados;
condenado condenada condenados culpable | absuelto absuelta absueltos inocente;
abre abren abrió reabre apertura | cierra cierran cerró cierre;
muertos muerto muerta fallecidos | heridos herido herida;
mantiene mantienen | cancela cancelado cancelada aplaza aplazado aplazada;
"""


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for matter in _OPPOSITES.strip(";\n").split(";"):
        one, other = (frozenset(map(fold_word, side.split())) for side in matter.split("|"))
        for word in one:
            found[word] = found.get(word, frozenset()) | other
        for word in other:
            found[word] = found.get(word, frozenset()) | one
    return found


# Folded word -> the words that say the opposite.
OPPOSITES = _opposites()

# Words for the same figure, a line each. "One" is an article in three of the languages;
# "dos", "tres" and "once" of Spanish are other words of the others.
_NUMBERS = """
1/2 نصف النصف moitié half
1/3 ثلث الثلث tiers
1/4 ربع الربع quart quarter
2 اثنان اثنين اثنتان اثنتين deux two
3 ثلاثة ثلاث trois three
4 أربعة أربع quatre four cuatro
5 خمسة خمس cinq five cinco
6 ستة ست six seis
7 سبعة سبع sept seven siete
8 ثمانية ثماني ثمان huit eight ocho
9 تسعة تسع neuf nine nueve
10 عشرة عشر dix ten diez
11 أحد onze eleven
12 اثنا اثني douze twelve doce
15 quinze fifteen
20 عشرون عشرين vingt twenty veinte
30 ثلاثون ثلاثين trente thirty treinta
40 أربعون أربعين quarante forty cuarenta
50 خمسون خمسين cinquante fifty cincuenta
60 ستون ستين soixante sixty sesenta
70 سبعون سبعين seventy setenta
80 ثمانون ثمانين eighty ochenta
90 تسعون تسعين ninety noventa
100 مائة مئة cent hundred cien
200 مائتان مائتين مئتان مئتين
1000 ألف آلاف mille thousand mil
1000000 مليون ملايين million millions millón millones
1000000000 مليار ملايير مليارات milliard milliards billion
"""
# Folded word -> its figure.
NUMBERS = {
    fold_word(word): figure
    for figure, *words in map(str.split, _NUMBERS.strip().splitlines())
    for word in words
}

# What publishers write over a text that they take back.
_RETRACTIONS = (
    r"retracted|retraction|withdrawn|(?:article )?retir[ée]|r[ée]tractation|retractado|retirado"
    r"|سحب (?:ال)?(?:خبر|مقال)|(?:خبر|مقال) مسحوب"
)
# What they write over or under what they have changed.
_NOTES = (
    rf"{_RETRACTIONS}|"
    r"تحديث|تحيين|محي[ّ]?ن|تصحيح|تصويب|توضيح|استدراك|اعتذار"
    r"|mis(?:e)? [àa] jour|actualis[ée]e?|rectificatif|erratum|correction|pr[ée]cision"
    r"|actualizaci[óo]n|actualizado|correcci[óo]n|rectificaci[óo]n|fe de errores|aclaraci[óo]n"
    r"|updated?|corrected|clarification|editor['’]s note|note de la r[ée]daction"
)


def _notes(words: str) -> re.Pattern[str]:
    """One of `words` in brackets, with a colon after it, or behind a dash."""
    return re.compile(
        rf"[(\[【]\s*(?:{words})[^)\]】\n]{{0,60}}[)\]】]|^\W*(?:{words})\b[^:\n]{{0,40}}[:：]"
        rf"|[-–—|]\s*(?:{words})\s*$",
        re.IGNORECASE | re.MULTILINE,
    )


ANNOUNCEMENT = _notes(_NOTES)
RETRACTION = _notes(_RETRACTIONS)
