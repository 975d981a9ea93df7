"""Names of places in Arabic and in Latin letters: what an event of a common kind is known by."""

from __future__ import annotations

from collections.abc import Iterator

from aggregator.text.tokens import folded_words

# One place a line: Arabic forms | Latin forms. Towns, provinces and regions of Morocco first, then
# countries and cities in the news. Morocco itself is in all news and tells nothing. Of names of two
# words, the one that is a name; none that is more often a common word (سيول Seoul, مالي Mali).
_PLACES = """
الرباط | rabat
تمارة | temara
الصخيرات | skhirat
الخميسات | khemisset
تيفلت | tiflet
القنيطرة | kenitra
المحمدية | mohammedia
البيضاء كازابلانكا | casablanca
برشيد | berrechid
سطات | settat
بنسليمان | benslimane
بوزنيقة | bouznika
أزمور | azemmour
آسفي أسفي | safi
اليوسفية | youssoufia
الصويرة | essaouira
مراكش | marrakech marrakesh
شيشاوة | chichaoua
الحوز | haouz
تحناوت | tahannaout
السراغنة | sraghna
الرحامنة | rhamna
أكادير | agadir
إنزكان | inezgane
ملول | melloul
تارودانت | taroudant taroudannt
تيزنيت | tiznit
طاطا | tata
أشتوكة | chtouka
بيوكرى | biougra
إفني | ifni
كلميم | guelmim
طانطان | tan-tan tantan
العيون | laayoune
بوجدور | boujdour
السمارة | smara
طرفاية | tarfaya
الداخلة | dakhla
الكركرات | guerguerat
فاس | fes fez
مكناس | meknes
صفرو | sefrou
بولمان | boulemane
تاونات | taounate
تازة | taza
الحاجب | hajeb
إفران | ifrane
أزرو | azrou
خنيفرة | khenifra
ميدلت | midelt
الرشيدية | errachidia
أرفود | erfoud
الريصاني | rissani
تنغير | tinghir
ورزازات | ouarzazate
زاكورة | zagora
ملال | mellal
خريبكة | khouribga
أزيلال | azilal
دمنات | demnate
طنجة | tanger tangier
تطوان | tetouan
أصيلة | asilah
العرائش | larache
شفشاون | chefchaouen
وزان | ouezzane
الحسيمة | hoceima
الفنيدق | fnideq
المضيق | mdiq
مرتيل | martil
الناظور | nador
بركان | berkane
وجدة | oujda
تاوريرت | taourirt
جرادة | jerada
فكيك | figuig
جرسيف | guercif
الدريوش | driouch
زايو | zaio
السعيدية | saidia
سبتة | ceuta sebta
مليلية | melilla
تافيلالت | tafilalet
درعة | draa
دكالة | doukkala
الشاوية | chaouia
سوس | souss
الجزائر | alger algiers
وهران | oran
تندوف | tindouf
قسنطينة | constantine
تونس | tunis
صفاقس | sfax
سوسة | sousse
القيروان | kairouan
طرابلس | tripoli
بنغازي | benghazi
مصراتة | misrata
نواكشوط | nouakchott
القاهرة | caire cairo
الإسكندرية | alexandrie alexandria
سيناء | sinai
رفح | rafah
الخرطوم | khartoum
الفاشر | fasher
دارفور | darfour darfur
غزة | gaza
جباليا | jabalia
نابلس | naplouse nablus
جنين | jenine jenin
القدس | jerusalem
بيروت | beyrouth beirut
صيدا | saida
النبطية | nabatieh
دمشق | damas damascus
حلب | alep aleppo
حمص | homs
إدلب | idlib
اللاذقية | lattaquie latakia
السويداء | soueida suwayda
بغداد | bagdad baghdad
البصرة | bassora basra
الموصل | mossoul mosul
كركوك | kirkouk kirkuk
أربيل | erbil
الرياض | riyad riyadh
مكة | mecque mecca
الدوحة | doha
أبوظبي | dhabi
دبي | dubai
المنامة | manama
الكويت | koweit kuwait
صنعاء | sanaa
الحديدة | hodeida hodeidah
مأرب | marib
طهران | teheran tehran
أنقرة | ankara
إسطنبول | istanbul
كابول | kaboul kabul
بكين | pekin beijing
طوكيو | tokyo
موسكو | moscou moscow
كييف | kiev kyiv
خاركيف | kharkiv
أوديسا | odessa
باريس | paris
مارسيليا | marseille
مدريد | madrid
برشلونة | barcelone barcelona
إشبيلية | seville
مالقة | malaga
لشبونة | lisbonne lisbon
ميلانو | milan
برلين | berlin
لندن | londres london
بروكسل | bruxelles brussels
أمستردام | amsterdam
واشنطن | washington
نيويورك | york
داكار | dakar
باماكو | bamako
نيامي | niamey
واغادوغو | ouagadougou
أبوجا | abuja
أبيدجان | abidjan
لاغوس | lagos
نيروبي | nairobi
جوهانسبورغ | johannesburg
كينشاسا | kinshasa
ليبيا | libye libya
موريتانيا | mauritanie mauritania
مصر | egypte egypt
السودان | soudan sudan
فلسطين | palestine
لبنان | liban lebanon
سوريا | syrie syria
العراق | irak iraq
الأردن | jordanie jordan
السعودية | saoudite saudi
الإمارات | emirats emirates
البحرين | bahrein bahrain
اليمن | yemen
إيران | iran
تركيا | turquie turkey
أفغانستان | afghanistan
باكستان | pakistan
الهند | inde india
الصين | chine china
اليابان | japon japan
كوريا | coree korea
روسيا | russie russia
أوكرانيا | ukraine
فرنسا | france
إسبانيا | espagne spain
البرتغال | portugal
إيطاليا | italie italy
ألمانيا | allemagne germany
بريطانيا | britain
بلجيكا | belgique belgium
هولندا | pays-bas netherlands
السنغال | senegal
النيجر | niger
نيجيريا | nigeria
إثيوبيا | ethiopie ethiopia
كينيا | kenya
الكاميرون | cameroun cameroon
البرازيل | bresil brazil
الأرجنتين | argentine argentina
المكسيك | mexique mexico
كندا | canada
"""
_PROCLITICS = ("", "و", "ب", "ل", "وب", "ول")
_ARTICLE = "ال"


def with_proclitics(word: str) -> Iterator[str]:
    """Yield a name as texts have it after "and", "in" and "to"; Latin names as they are."""
    if not "\u0620" <= word[0] <= "\u06ff":
        yield word
        return
    for proclitic in _PROCLITICS:
        yield proclitic + word
    if word.startswith(_ARTICLE):
        yield from ("لل" + word[2:], "ولل" + word[2:])


def _places() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _PLACES.strip().splitlines():
        arabic, latin = map(folded_words, line.split("|"))
        for name in [*arabic, *latin]:
            found.update(dict.fromkeys(with_proclitics(name), latin[0]))
    return found


# Folded word, with its proclitic -> the place's Latin name.
PLACES = _places()
