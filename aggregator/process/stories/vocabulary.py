"""Stop words of stories, and words for the same concepts in three languages."""

from __future__ import annotations

from aggregator.text.stems import stem
from aggregator.text.tokens import folded_words

_SILENT = """
في من على إلى عن أن إن هذا هذه ذلك تلك التي الذي الذين مع بعد قبل كان كانت قد لم لن لا ما هو هي بين
كما أو ثم حتى عند منذ خلال حول غير كل بعض أي أكثر اليوم أمس غدا قال قالت وقال أكد أكدت يوم عام سنة
فيديو صور بالفيديو بالصور وفق بسبب أمام عبر بدون دون نحو لدى وهو وهي وقد له لها لهم به بها فيه فيها
منه منها عليه عليها إليه أنه أنها هناك حيث إذا لكن بل مثل ضمن تم يتم كذلك أيضا عدة جدا فقط كيف لماذا
ماذا هل متى أين نحن أنا مساء صباح صباحا مساء الماضي الجاري المقبل شهر أسبوع ساعة جديد جديدة الجديد
أول ثاني آخر أخرى الأخرى ولا وما وأن وفي ومن وعلى وإلى وأكد وأوضح وأضاف وأشار مشيرا مضيفا موضحا
المصدر ذاته نفسه نفسها بشكل بعدما حين لأن تعرف شاهد عاجل خبر أخبار جريدة قناة موقع وكالة بوابة
le la les un une des du de en au aux dans pour par sur avec sans est sont été être ce cette ces cet
qui que quoi dont où ne pas plus moins se son sa ses leur leurs il elle ils elles on nous vous mais
comme après avant entre vers chez deux trois fait faire tout tous toute toutes contre depuis selon
vidéo direct live très aussi encore ainsi même lors alors si sous jour jours an ans année mois
semaine heure heures hier demain aujourd hui ont avait était sera seront peut avoir a y à ou et
d l the an of in on at to for and or is are was were be been by with from as it its this that these
those has have had will would not no but after before over under into out up down his her their they
he she we you who what when where how why new news says said say video more than about also year
years day days week month last first one two three can could may
"""
# Folded words to ignore in comparisons.
STOP_WORDS = frozenset(folded_words(_SILENT))

_CONCEPT_WORDS = """
قطار قطارات سكة سككي سككية | train trains rail ferroviaire | train trains rail railway
مطار مطارات | aéroport aéroports | airport airports
طائرة طائرات | avion avions | plane aircraft planes
ميناء موانئ مينائي | port ports portuaire | port ports harbour
طريق الطريق طرق طرقي | route routes routier | road roads highway
حادثة حادث حوادث | accident accidents | accident accidents crash
زلزال هزة | séisme tremblement | earthquake quake
فيضان فيضانات سيول | inondation inondations crue crues | flood floods flooding flooded
أمطار مطر تساقطات | pluie pluies précipitations | rain rains rainfall
حريق حرائق | incendie incendies feu feux | fire fires wildfire blaze
جفاف | sécheresse | drought
ماء مياه مائي | eau eaux hydrique | water
تحلية | dessalement | desalination
سد سدود | barrage barrages | dam dams
كهرباء كهربائية كهربائي | électricité électrique électriques | electricity electric power
شمسية شمسي | solaire solaires | solar
انتخابات انتخاب اقتراع | élection élections scrutin électoral | election elections vote ballot
برلمان برلماني نواب | parlement parlementaire députés | parliament lawmakers
حكومة حكومي حكومية | gouvernement gouvernemental | government
وزير وزيرة وزارة | ministre ministère | minister ministry
ملك الملك ملكي ملكية | roi royal royale | king royal
رئيس رئيسة | président présidente | president
مرسوم | décret | decree
قانون قوانين | loi lois | law bill
محكمة قضاء قضائية | tribunal cour justice | court justice judge
شرطة أمن | police sûreté | police security
اعتقال توقيف | arrestation arrêté interpellation | arrest arrested detained
إضراب إضرابات | grève grèves | strike strikes
احتجاج احتجاجات مظاهرة | manifestation manifestations protestation | protest protests demonstration
مدرسة مدارس مدرسي مدرسية | école écoles scolaire scolaires | school schools
تلميذ تلاميذ | élève élèves | pupil pupils students
جامعة جامعات | université universités | university universities
مستشفى مستشفيات | hôpital hôpitaux | hospital hospitals
دم | sang | blood
تبرع متبرع متبرعون متبرعين | don dons donneur donneurs | donation donors donate
لقاح تلقيح | vaccin vaccination | vaccine vaccination
مرض وباء | maladie épidémie | disease epidemic outbreak
حافلة حافلات | bus autobus autocar autocars | bus buses
نقل | transport transports | transport
سيارة سيارات | voiture voitures automobile | car cars automotive
شاحنة شاحنات | camion camions | truck trucks
قنطرة جسر | pont ponts | bridge bridges
واد وادي نهر | oued fleuve rivière | river wadi
زيتون زيت | olive olives huile | olive olives oil
طماطم خضر | tomate tomates légumes | tomato tomatoes vegetables
قمح حبوب | blé céréales | wheat grain cereals
سمك صيد بحري | pêche poisson poissons | fishing fish fisheries
سعر أسعار أثمنة ثمن | prix tarif tarifs | price prices
تضخم | inflation | inflation
ميزانية | budget | budget
ضريبة ضرائب جبائي | impôt impôts taxe fiscal fiscale | tax taxes
بنك بنوك مصرف | banque banques bancaire | bank banks banking
استثمار استثمارات | investissement investissements | investment investments
تمويل | financement levée fonds | funding financing raises
شركة شركات مقاولة | entreprise société entreprises startup | company startup firm
صادرات تصدير | exportation exportations export | exports export
سياحة سياح سياحي | tourisme touristes touristique | tourism tourists
فندق فنادق | hôtel hôtels | hotel hotels
مهرجان | festival | festival
كتاب كتب | livre livres | book books
معرض | salon foire exposition | fair exhibition
فيلم سينما | film cinéma | film cinema movie
موسيقى | musique | music
حفل حفلات | concert concerts | concert concerts
لقاء | rencontre | meeting
هدف أهداف | but buts | goal goals
ديربي | derby | derby
كأس | coupe | cup
بطولة دوري | championnat ligue | league championship
منتخب | sélection | national
مدرب | entraîneur sélectionneur | coach
نهائي | finale finales | final finals
هاتف هواتف | téléphone smartphone | phone smartphone
حرب | guerre | war
هدنة | trêve cessez | truce ceasefire
صاروخ صواريخ | missile missiles | missile missiles
غارة قصف | frappe bombardement | strike airstrike bombing
قتيل قتلى مقتل | mort morts tué tués | dead killed deaths
جريح جرحى إصابة | blessé blessés | injured wounded
مهاجر مهاجرين هجرة | migrant migrants migration | migrant migrants migration
لاجئ لاجئين | réfugié réfugiés | refugee refugees
قمة | sommet | summit
اتفاق اتفاقية | accord convention | agreement deal
صحراء | sahara | sahara
جهة جهوي جهوية | région régional régionale | region regional
مجلس | conseil | council
جماعة بلدية | commune municipal communal | municipal commune city
محطة | station gare | station plant
حاوية حاويات | conteneur conteneurs | container containers
تعاونية | coopérative coopératives | cooperative
أركان | argan arganier | argan
نساء امرأة | femme femmes | woman women
أطفال طفل | enfant enfants | child children
بيضاء الدارالبيضاء | casablanca | casablanca
فاس | fès fes | fes fez
سلا | salé | sale
صويرة | essaouira | essaouira
آسفي أسفي | safi | safi
عيون العيون | laâyoune | laayoune
وجدة | oujda | oujda
طنجة | tanger | tangier
الجزائر جزائري جزائرية | algérie alger algérien | algeria algiers algerian
تونس تونسي | tunisie tunis tunisien | tunisia tunis tunisian
مصر مصري القاهرة | égypte égyptien caire | egypt egyptian cairo
إسبانيا إسباني مدريد | espagne espagnol madrid | spain spanish madrid
فرنسا فرنسي باريس | france français paris | france french paris
أمريكا أمريكي الأمريكية أمريكية واشنطن | états américain américaine washington | american washington
غزة | gaza | gaza
إسرائيل إسرائيلي | israël israélien | israel israeli
فلسطين فلسطيني | palestine palestinien | palestine palestinian
سعودية الرياض | saoudite riyad | saudi riyadh
إمارات أبوظبي | émirats | emirates
أوروبا أوروبي أوروبية | europe européen européenne | europe european
مغرب مغربي مغربية | maroc marocain marocaine | morocco moroccan
"""


def _concepts() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _CONCEPT_WORDS.strip().splitlines():
        columns = [folded_words(column) for column in line.split("|")]
        for word in (word for column in columns for word in column):
            found[stem(word)] = columns[2][0]
    return found


# Stem of a word -> name of its concept, shared by all languages.
CONCEPTS = _concepts()
