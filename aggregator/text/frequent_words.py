"""Words that are frequent in news of Morocco and its region, in Arabic, French and English.

Two of them are often in one entry without being next to each other, so the search index keeps which
of them are (`storage.search.word_pairs`). A word that is missing here costs time, not matches.
"""

from __future__ import annotations

from aggregator.text.function_words import FUNCTION_WORDS
from aggregator.text.normalize import fold_word

_ARABIC = """
لا لن ليس ليست حتى كل بعض غير دون بدون منذ خلال بعد قبل حول عبر ضد نحو أمام وراء تحت فوق داخل
خارج أكثر أقل أكبر أول أولى آخر أخرى آخرين نفس نفسه نفسها كذلك أيضا فقط جدا حاليا الآن اليوم أمس
غدا هناك هنا لكن ولكن إلا سوى مثل مما فيما عما بينما عندما حين حينما بعدما رغم بسبب بفضل وفق
وفقا حسب إثر عقب ضمن سواء حوالي تقريبا كافة جميع مختلف عدة عدد عددا ولا وإن وإلى وعن وهي وهذا
وهذه وذلك وكما فقد فهو فهي فلا وقال وأضاف وأكد وأوضح وأشار وتابع ولم وليس والذين اللذين اللتان
لدى لدينا لديه لديها سوف يمكن يجب ينبغي أصبح أصبحت يوجد توجد ظل مازال لازال بات باتت كانوا ليكون
بكل لكل بعدم عدم ذات

قال قالت أكد أكدت أعلن أعلنت أوضح أوضحت أضاف أضافت أشار أشارت كشف كشفت أفاد أفادت ذكر ذكرت صرح
دعا دعت طالب طالبت قرر قررت رفض رفضت وقع وقعت شهد شهدت عرف عرفت سجل سجلت بلغ بلغت حقق حققت شارك
شاركت نظم نظمت ترأس استقبل أطلق أطلقت قدم قدمت تم تمت جاء جاءت حذر حذرت انتقد أشاد ناقش صادق
صادقت افتتح تجاوز تراجع ارتفع ارتفعت انخفض وصل وصلت أجرى اعتبر أبرز واصل يواصل يرى يسعى يهدف
يعتبر يتوقع تعزز تعتزم تواجه تشهد تعرف تدرس تنطلق تستعد يضم تضم تتواصل وصف نفى حث شدد

المغرب مغرب والمغرب بالمغرب للمغرب المغربي المغربية المغاربة مغربي مغربية المملكة الدار البيضاء
الرباط بالرباط سلا طنجة فاس مكناس مراكش أكادير وجدة تطوان القنيطرة الجديدة آسفي العيون الداخلة
الناظور الحسيمة بني ملال خريبكة الصويرة ورزازات الراشيدية كلميم تازة العرائش المحمدية سوس درعة
الشرق الغرب الشمال الجنوب الوسط الصحراء الصحراوية الجزائر الجزائري الجزائرية تونس التونسي ليبيا
موريتانيا مصر السعودية الإمارات قطر الأردن لبنان سوريا العراق فلسطين الفلسطيني الفلسطينية غزة
إسرائيل الإسرائيلي الإسرائيلية إيران تركيا فرنسا الفرنسي الفرنسية إسبانيا الإسباني الإسبانية
البرتغال ألمانيا إيطاليا بريطانيا أوروبا الأوروبي الأوروبية أمريكا الأمريكي الأمريكية المتحدة
الولايات روسيا أوكرانيا الصين إفريقيا الإفريقي الإفريقية السنغال نيجيريا مالي العالم العالمي
العالمية العربي العربية الدول العرب الإسلامية

الملك محمد السادس جلالة صاحب السمو الأمير مولاي الحسن الحكومة الحكومي الحكومية رئيس الرئيس رئاسة
رئيسة الوزير وزير وزيرة الوزارة وزارة البرلمان مجلس المجلس النواب المستشارين الحزب حزب الأحزاب
الانتخابات الداخلية الخارجية التربية التعليم التعليمية الصحة الصحي الصحية العدل العدالة المالية
الاقتصاد الاقتصادي الاقتصادية الفلاحة التجهيز الماء الطاقة النقل السياحة الثقافة الثقافي
الثقافية الشباب الرياضة الرياضي الرياضية الاجتماعي الاجتماعية السياسي السياسية القانون القانوني
القانونية الوطني الوطنية الدولي الدولية المحلي المحلية الجهوي الجهوية العمومي العمومية الخاص
الخاصة العام العامة الكبير الكبيرة الجديد جديد جديدة القادم الماضي الماضية الحالي الحالية المقبل
المقبلة الأخير الأخيرة الأول الأولى الثاني الثانية الرئيسي الرسمي الرسمية السنوي التاريخي الشامل
المالي المشترك الرقمي الرقمية المستدام المستدامة التنمية العاجل الصناعي المهم كبير كبيرة هام مهم
خاص عام سياسي رسمي دولي وطني عمومي مدير المدير الأمين الكاتب عضو أعضاء نائب مسؤول المسؤولين مصدر
مصادر بلاغ بيان تصريح تقرير التقرير قرار القرار مشروع المشروع برنامج البرنامج اتفاقية الاتفاق
التعاون الشراكة الاستثمار السوق الشركة شركة شركات البنك الأسعار أسعار سعر درهم الدرهم دولار
مليون مليار مليارات ألف آلاف مائة المائة نسبة سنة سنوات عاما شهر أشهر أسبوع الأسبوع يوم أيام
يوما ساعة ساعات الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد يناير فبراير مارس أبريل ماي
يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر مدينة المدينة مدن إقليم الإقليم جهة الجهة جماعة
الجماعة عمالة العمالة منطقة المنطقة المناطق بلاد البلاد الشعب المواطنين المواطن النساء المرأة
الأطفال الطفل الأسرة العمل الشغل السكن القطاع قطاع القطاعات الوضع الأوضاع الأزمة الحرب السلام
الأمن الأمنية الشرطة الدرك الملكي الملكية الجيش القوات المحكمة النيابة القضائية القاضي المتهم
السجن الجامعة الجامعية الطلبة المدرسة الأستاذ المستشفى الأطباء الطقس الأمطار الزلزال الحريق حادث
حادثة ضحايا المنتخب الفريق فريق المباراة مباراة البطولة الكأس كأس الدوري اللاعب اللاعبين المدرب
الملعب كرة القدم الجمعية جمعية النقابة المهرجان مهرجان الدورة دورة المؤتمر القمة الموسم موسم
المسرح السينما الكتاب
"""
_FRENCH = """
ne pas plus moins très aussi mais où comme si sous entre vers chez sans contre depuis pendant
avant après selon ainsi alors encore même tout tous toute toutes autre autres notre nos votre
leurs je nous vous lui cela celui celle ceux dès lors afin car donc être avoir fait faire peut
été était avait sera ont sont maroc marocain marocaine marocains royaume roi mohammed sa majesté
rabat casablanca tanger fès marrakech agadir algérie tunisie france espagne europe union états
unis afrique monde gouvernement ministre ministère président conseil parlement parti loi projet
programme national nationale international internationale public publique nouveau nouvelle
premier première dernier dernière grand grande année années ans mois jour jours semaine million
millions milliard milliards dirhams pays ville région secteur marché entreprise développement
économique social politique sécurité santé justice école match équipe coupe football directeur
général travail cadre prix deux trois
"""
_ENGLISH = """
not no but if then than so such also more most less very only other another some any all both
each between into over under after before during against about up out off down through while
because said says say will would can could may should has have had been being he she they his
her their we our you your i there here new first last one two three year years month week day
time people world morocco moroccan king government minister president state united nations union
european african africa algeria spain france party parliament law court police security economic
international national public million billion percent country city region sector market company
development project cup football team match
"""
# In a fixed order: `storage.search.word_pairs` numbers them.
FREQUENT_WORDS = tuple(
    sorted(FUNCTION_WORDS.union(map(fold_word, f"{_ARABIC} {_FRENCH} {_ENGLISH}".split())))
)
