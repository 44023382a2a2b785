"""The words that stand in times and durations: English, German, Spanish, Persian and Arabic ones.

They are written here as people write them; whoever compares folds both sides.
"""

from __future__ import annotations

from typing import Final

from supportcli.sources.folding import fold

GREGORIAN_MONTHS: Final = (
    ("january jan januar enero ene ژانویه یناير يناير", "كانون الثاني", "کانون ثانی"),
    ("february feb februar febrero فوریه فبراير شباط",),
    ("march mar märz mrz marzo مارس آذار",),
    ("april apr abril abr آوریل أبريل إبريل ابريل نيسان",),
    ("may mai mayo مه می مايو أيار",),
    ("june jun juni junio ژوئن جون يونيو حزيران",),
    ("july jul juli julio ژوئیه جولای يوليو تموز",),
    ("august aug agosto ago اوت آگوست أغسطس آب",),
    ("september sep sept septiembre setiembre set سپتامبر سبتمبر أيلول",),
    ("october oct oktober okt octubre اکتبر أكتوبر", "تشرين الأول"),
    ("november nov noviembre نوامبر نوفمبر", "تشرين الثاني"),
    ("december dec dezember dez diciembre dic دسامبر ديسمبر", "كانون الأول"),
)
"""The names of each month of the Gregorian calendar, full and short; a name of two words apart."""

JALALI_MONTHS: Final = (
    ("فروردین",),
    ("اردیبهشت",),
    ("خرداد",),
    ("تیر",),
    ("مرداد امرداد",),
    ("شهریور",),
    ("مهر",),
    ("آبان",),
    ("آذر",),
    ("دی",),
    ("بهمن",),
    ("اسفند",),
)
"""The months of the Jalali calendar."""

WEEKDAYS: Final = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "mon tues tue wed thurs thur thu fri sat sun",
    "lunes martes miércoles jueves viernes sábado domingo lun mié jue vie sáb dom",
    "شنبه یکشنبه دوشنبه سهشنبه چهارشنبه پنجشنبه جمعه",
    "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
)
"""The days of the week. Spanish `mar` is not here: it is also the month."""

SPACED_WEEKDAYS: Final = ("یک شنبه", "دو شنبه", "سه شنبه", "چهار شنبه", "پنج شنبه")

FILLERS: Final = ("de", "del", "of", "at", "a las", "ساعت", "الساعة")
"""Words between the parts of a date, which say nothing."""

BEFORE_NOON: Final = ("a. m.", "a.m.", "a. m", "a.m", "am", "ق.ظ.", "ق.ظ", "ق ظ", "قبل از ظهر",
                      "صبح", "صباحا", "ص")  # fmt: skip
AFTER_NOON: Final = ("p. m.", "p.m.", "p. m", "p.m", "pm", "ب.ظ.", "ب.ظ", "ب ظ", "بعد از ظهر",
                     "عصر", "مساء", "م")  # fmt: skip

ZONE_OFFSETS: Final = {"est": -5, "edt": -4, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
"""Hours of the zone names of RFC 2822 that mean one thing everywhere (`CST` does not)."""

UNIT_WORDS: Final = {
    "ms": "ms msec msecs millisecond milliseconds milisegundo milisegundos میلیثانیه",
    "s": "s sec secs second seconds sek sekunde sekunden seg segs segundo segundos "
    "ثانیه ثانية ثانيتين ثواني ثوان ث",
    "min": "m min mins minute minutes minuten minuto minutos دقیقه دقيقة دقيقتين دقائق د",
    "h": "h hr hrs hour hours std stunde stunden hora horas ساعت ساعة ساعتين ساعات س",
    "day": "d day days tag tage día días روز يوم يومين أيام",
    "week": "w week weeks woche wochen semana semanas هفته أسبوع أسابيع",
}
"""The words for each unit of a duration."""

_UNIT_OF: Final = {fold(word): unit for unit, words in UNIT_WORDS.items() for word in words.split()}

_CLOCK_FORMS: Final = {
    **dict.fromkeys(("h:mm", "hh:mm"), "h:mm"),
    **dict.fromkeys(("m:ss", "mm:ss", "h:mm:ss", "hh:mm:ss"), "m:ss"),
}
"""The unit of a form of durations; where that has seconds, two numbers end in them."""


def unit_of_words(text: str) -> str | None:
    """The unit that a header's words name, such as `min` for "in minutes"; None for no unit.

    A form such as `HH:MM:SS` counts as one.
    """
    form = _CLOCK_FORMS.get(text.strip().lower())
    if form is not None:
        return form
    units = {_UNIT_OF[word] for word in map(fold, text.split()) if word in _UNIT_OF}
    return units.pop() if len(units) == 1 and units <= {"ms", "s", "min", "h", "day"} else None


def names_of(month: tuple[str, ...]) -> list[str]:
    """The names of one month: the words of the first text, and the longer names after it."""
    return [*month[0].split(), *month[1:]]
