"""A few sentences in many languages and scripts, each list with the tokenizer that BLEU should take."""

# ruff: noqa: RUF001  letters that look like others are the point

from typing import NamedTuple


class Language(NamedTuple):
    """Sentences, as they are printed, and how BLEU should split them."""

    tokenizer: str
    sentences: tuple[str, ...]


LANGUAGES = {
    "Yoruba": Language(
        "13a",
        (
            "Ọmọ mi ń ka ìwé tuntun ní ilé-ẹ̀kọ́.",
            "Bẹ́ẹ̀ ni, mo fẹ́ràn ẹ̀wà púpọ̀!",
            "Ṣé o ti jẹun ní àárọ̀ yìí?",
            "Ojú ọ̀run dára lónìí, ṣùgbọ́n ó tutù.",
        ),
    ),
    "Turkish": Language(
        "13a",
        (
            "İstanbul'da yağmur yağıyor, İzmir'de güneş var.",
            "Işık çok parlak; gözlerim ağrıyor.",
            "Şu küçük çocuğun adı ne?",
            "İyi akşamlar, öğretmenim!",
        ),
    ),
    "French": Language(
        "13a",
        (
            "L’été dernier, j’ai vu la mer «pour de vrai».",
            "Où est-ce qu’on mange ce soir?",
            "Le 1er mai, le CO2 coûtait 25€ la tonne.",
            "Son œuvre naïve a été publiée à Noël.",
        ),
    ),
    "Catalan": Language(
        "13a",
        (
            "L’alumne fa una col·lecció d’estampes.",
            "Avui és un dia il·lusionant, oi?",
            "La pel·lícula comença a les 8:30!",
            "Vine demà i parlarem d’això.",
        ),
    ),
    "German": Language(
        "13a",
        (
            "„Guten Morgen“, sagte die Bäckerin freundlich.",
            "Die Straße ist heute für den 2. Zug gesperrt.",
            "Möchtest du einen Käsetoast oder lieber Müsli?",
            "Er wohnt im 3. Stock und hört MP3-Dateien.",
        ),
    ),
    "Russian": Language(
        "13a",
        (
            "Моя сестра живёт в Москве уже пять лет.",
            "Ты не знаешь, который сейчас час?",
            "Это хорошая идея, давай попробуем!",
            "Он сказал: «Я приду завтра».",
        ),
    ),
    "Ukrainian": Language(
        "13a",
        (
            "П’ять хлопців їдуть до річки.",
            "Моє здоров’я вже краще, дякую!",
            "Чи є в тебе ще одна ґудзикова нитка?",
            "Її сім’я живе в Києві.",
        ),
    ),
    "Greek": Language(
        "13a",
        (
            "Ο ΗΛΙΟΣ λάμπει πάνω από τη θάλασσα.",
            "Τι ώρα φεύγει το τρένο;",
            "Ο γιος μου διαβάζει ένα βιβλίο, νομίζω.",
            "Καλημέρα σας, πώς είστε σήμερα;",
        ),
    ),
    "Arabic": Language(
        "13a",
        (
            "ذَهَبَ الوَلَدُ إِلَى المَدْرَسَةِ صَبَاحًا.",
            "هَلْ تُحِبُّ القَهْوَةَ، أَمِ الشَّاي؟",
            "عندي ٣ كتب جديدة على الطاولة.",
            "كَتَبَتِ البِنْتُ رِسَالَةً طَوِيلَةً!",
        ),
    ),
    "Persian": Language(
        "13a",
        (
            "من کتاب‌های تازه را می‌خوانم.",
            "آیا فردا به خانه‌ی ما می‌آیید؟",
            "او نمی‌داند کجا بروم، افسوس!",
            "بچه‌ها در باغ بازی می‌کنند.",
        ),
    ),
    "Hebrew": Language(
        "13a",
        (
            "הַיֶּלֶד קוֹרֵא סֵפֶר בַּגַּן.",
            "האם אתה גר בתל־אביב או בחיפה?",
            'הוא שירת בצה"ל שלוש שנים.',
            "שָׁלוֹם לְכֻלָּם, מַה נִּשְׁמַע?",
        ),
    ),
    "Hindi": Language(
        "13a",
        (
            "मेरी बहन दिल्ली में रहती है।",
            "क्या आपको हिन्दी पढ़ना पसंद है?",
            "बच्चे मैदान में क्रिकेट खेल रहे हैं।",
            "कल बारिश हुई थी, इसलिए हम नहीं आए।",
        ),
    ),
    "Bengali": Language(
        "13a",
        (
            "আমার ছোট ভাই স্কুলে যায়।",
            "তুমি কি বাংলায় কথা বলতে পারো?",
            "নদীর জল আজ খুব ঠান্ডা।",
            "বৃষ্টি হলে আমরা ঘরে থাকি।",
        ),
    ),
    "Tamil": Language(
        "13a",
        (
            "என் தம்பி பள்ளிக்குச் செல்கிறான்.",
            "நீங்கள் எப்படி இருக்கிறீர்கள்?",
            "இந்தப் புத்தகம் மிகவும் நன்றாக உள்ளது!",
            "நாளை மழை பெய்யும் என்று நினைக்கிறேன்.",
        ),
    ),
    "Amharic": Language(
        "13a",
        (
            "ልጁ ወደ ትምህርት ቤት ሄደ።",
            "ዛሬ የአየሩ ሁኔታ በጣም ጥሩ ነው።",
            "አንተ ቡና ትወዳለህ፣ ወይስ ሻይ?",
            "እኔ አዲስ መጽሐፍ እያነበብኩ ነው።",
        ),
    ),
    "Georgian": Language(
        "13a",
        (
            "ჩემი და თბილისში ცხოვრობს.",
            "რომელი საათია ახლა, იცით?",
            "ეს წიგნი ძალიან საინტერესოა!",
            "ხვალ მთაში წავალთ ერთად.",
        ),
    ),
    "Armenian": Language(
        "13a",
        (
            "Իմ եղբայրը ապրում է Երևանում։",
            "Ինչպե՞ս ես դու այսօր, ընկեր։",
            "Ո՞վ է այս գեղեցիկ աղջիկը։",
            "Վաղը մենք կգնանք լեռներ։",
        ),
    ),
    "Korean": Language(
        "ko-mecab",
        (
            "제 동생은 서울에서 살고 있어요.",
            "오늘 저녁에 뭐 먹을까요?",
            "그 책은 정말 재미있네요!",
            "내일은 비가 온다고 합니다.",
        ),
    ),
    "Chinese": Language(
        "zh",
        (
            "我妹妹住在北京，她是一名医生。",
            "“你好！”他说——声音很小……",
            "你会用Python 3写程序吗？",
            "今天的天气比昨天冷１０度。",
        ),
    ),
    "Japanese": Language(
        "ja-mecab",
        (
            "私の妹は東京に住んでいます。",
            "「ねえ、コーヒーを飲みませんか？」",
            "この本はとても面白かったです！",
            "明日は雨が降ると思うので、家にいます。",
        ),
    ),
    "Thai": Language(
        "char",
        (
            "น้องสาวของฉันอาศัยอยู่ที่กรุงเทพฯ",
            "คุณชอบดื่มกาแฟหรือชา?",
            "เด็กๆ กำลังเล่นอยู่ในสวน",
            "พรุ่งนี้ฝนจะตก ๓ ชั่วโมง",
        ),
    ),
    "Khmer": Language(
        "char",
        (
            "ប្អូនស្រីរបស់ខ្ញុំរស់នៅភ្នំពេញ។",
            "តើអ្នកចូលចិត្តកាហ្វេទេ?",
            "ក្មេងៗកំពុងលេងនៅក្នុងសួន។",
            "ថ្ងៃស្អែកនឹងមានភ្លៀង។",
        ),
    ),
    "Lao": Language(
        "char",
        (
            "ນ້ອງສາວຂອງຂ້ອຍຢູ່ວຽງຈັນ.",
            "ເຈົ້າມັກກິນເຂົ້າໜຽວບໍ?",
            "ເດັກນ້ອຍກຳລັງຫຼິ້ນຢູ່ໃນສວນ.",
            "ມື້ອື່ນຝົນຈະຕົກ.",
        ),
    ),
    "Burmese": Language(
        "char",
        (
            "ကျွန်မရဲ့ညီမလေးက ရန်ကုန်မှာနေတယ်။",
            "ခင်ဗျား ကော်ဖီကြိုက်လား။",
            "ကလေးတွေ ပန်းခြံထဲမှာ ကစားနေကြတယ်။",
            "မနက်ဖြန် မိုးရွာမယ်၊ အိမ်မှာနေမယ်။",
        ),
    ),
    "Tibetan": Language(
        "char",
        (
            "ངའི་ནུ་མོ་ལྷ་ས་ལ་སྡོད་ཀྱི་ཡོད།",
            "ཁྱེད་རང་ཇ་ལ་དགའ་པོ་ཡོད་པས།",
            "དེ་རིང་གནམ་གཤིས་ཡག་པོ་འདུག",
            "སང་ཉིན་ཆར་པ་འབབ་ཀྱི་རེད།",
        ),
    ),
    "English with emoji": Language(
        "13a",
        (
            "Our family 👨‍👩‍👧 went to France 🇫🇷 by train!",
            "I ❤️ this song, thumbs up 👍🏽 for you.",
            "The user_name is on the 5th floor, isn't it?",
            "Press 1️⃣ to co\u00adoperate, or ½ of 🏴󠁧󠁢󠁥󠁮󠁧󠁿 sleeps.",
        ),
    ),
}
