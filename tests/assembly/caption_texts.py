"""Sentences in many languages for captions: written with and without spaces, either way round."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "A timeline in whole frames never drifts, and that is the point.",
        "Why? Because every edge is rounded once.",
        "In 2007, 5.4 million people paid $1,299 for it – and none of them asked for a refund.",
        "Yes.",
        "See https://example.com/a/very/long/address/that/nobody/would/ever/say?q=1 for more.",
        '"Well," she said, "you can\'t have it both ways; can you?"',
        "The state-of-the-art turbo-compound engine of the Wright R-3350 burned 115/145 fuel.",
    ),
    "de": (
        "Die Donaudampfschifffahrtsgesellschaftskapitänsmütze lag auf dem Tisch.",
        "Das Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz gibt es nicht mehr.",
        "Wer rastet, der rostet – so sagt man jedenfalls.",
        "Um 7 Uhr 30 geht's los.",
    ),
    "fr": (
        "Pourquoi ? Parce que c’est ainsi : rien n’est jamais perdu !",
        "« Oui », dit-elle, « il y a 10 000 raisons d’y croire. »",
        "L’été dernier, nous avons parcouru 1 200 km à vélo.",
    ),
    "es": ("¿Por qué no? ¡Claro que sí!", "El río baja lleno después de la lluvia de anoche."),
    "ru": (
        "Время на экране считается в целых кадрах, поэтому ничего не расходится.",
        "Почему? Потому что так удобнее.",
    ),
    "el": ("Γιατί όχι; Ο χρόνος μετριέται σε ολόκληρα καρέ.",),
    "tr": ("Çekoslovakyalılaştıramadıklarımızdan mısınız?", "Evet, öyle olabilir."),
    "fi": ("Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas nukkuu.", "Kyllä."),
    "vi": ("Thời gian được tính bằng khung hình nguyên, nên không bao giờ lệch.",),
    "ko": (
        "자막은 띄어쓰기를 그대로 두고, 두 줄을 넘지 않습니다.",
        "왜 그럴까요? 그 편이 읽기 쉽기 때문입니다.",
    ),
    "zh": (
        "时间轴以整数帧表示，因此画面和声音永远不会错位。",
        "为什么？因为每个边界只取整一次。",
        "他说：“2007年的iPhone，售价¥4,999，卖出了五百四十万部！”",
        "字幕最多两行（每行不超过二十一个字），标点不在行首。",
    ),
    "zh-TW": (
        "時間軸以整數影格表示，因此畫面與聲音永遠不會錯位。",
        "為什麼？因為每個邊界只取整一次。",
    ),
    "ja": (
        "時間軸は整数のフレームで表されるので、映像と音声がずれることはありません。",
        "なぜでしょうか？「一度だけ丸めるから」です。",
        "ちょっと待って、コンピューターゲームってそんなに難しいの？",
        "東京タワーの高さは333メートルで、1958年に完成しました。",
    ),
    "th": (
        "วันนี้อากาศดีมากและเราจะไปเที่ยวทะเลกัน",
        "ทำไมต้องเป็นเช่นนั้น เพราะทุกขอบถูกปัดเพียงครั้งเดียว",
        "ราคาเพียง 1,299 บาทเท่านั้น",
    ),
    "lo": ("ມື້ນີ້ອາກາດດີຫຼາຍ ແລະພວກເຮົາຈະໄປທ່ຽວ",),
    "km": ("ថ្ងៃនេះអាកាសធាតុល្អណាស់ ហើយយើងនឹងទៅលេងសមុទ្រ។",),
    "my": ("ဒီနေ့ရာသီဥတုသာယာပြီး ကျွန်တော်တို့ ပင်လယ်ကိုသွားမယ်။",),
    "ar": (
        "لماذا؟ لأن كل حافة تُقرَّب مرة واحدة فقط.",
        "يُقاس الزمن بإطارات كاملة، فلا ينزاح الصوت عن الصورة أبدًا.",
        "اشترى 5 ملايين شخص هاتف iPhone في عام 2007.",
    ),
    "fa": ("می‌خواهم به خانه بروم، اما باران می‌بارد.", "چرا که نه؟"),
    "he": ("למה? כי כל קצה מעוגל פעם אחת בלבד.", "הזמן נמדד בפריימים שלמים, ולכן אין סטייה."),
    "hi": ("समय को पूरे फ़्रेमों में गिना जाता है, इसलिए कुछ भी नहीं खिसकता।", "क्यों? क्योंकि यही आसान है।"),
    "bn": ("সময় পূর্ণ ফ্রেমে গোনা হয়, তাই কিছুই সরে যায় না।",),
}
