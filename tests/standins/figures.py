"""Ways to write a figure, right and wrong, as a model might.

They share nothing with the program's own check: they work on the display forms that a model is
shown ("$11.40", "82%", "12 days").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from tests.standins.spelling import foreign, spelled


class Slip(StrEnum):
    """What is wrong with a figure."""

    WRONG = "wrong"
    ROUNDED = "rounded"
    TRANSLATED = "translated"
    REUNITED = "re-united"


@dataclass(frozen=True, slots=True)
class Writing:
    """One way to write a figure.

    Args:
        kind: What the way is called.
        figure: The words that state it.
        frame: The sentence, with ``{}`` for the figure.
        says: The figure in digits, where the words spell it.
    """

    kind: str
    figure: str
    frame: str = "It is {}."
    says: str = ""

    @property
    def text(self) -> str:
        """The sentence."""
        return self.frame.format(self.figure)

    @property
    def numbers(self) -> set[str]:
        """The numbers that it states."""
        return set(re.findall(r"\d+(?:[.,]\d+)*", self.says or self.figure))


_MANY, _ONE = "Das sind {}.", "Es sind {}."
_ES, _FR, _IT = "Son {}.", "Cela fait {}.", "Sono {}."
_IN_SHARES: Final = (
    ("de", "Prozent", _ONE),
    ("es", "por ciento", _ES),
    ("fr", "pour cent", _FR),
    ("it", "per cento", _IT),
)
_IN_DAYS: Final = (
    ("de", "Tage", _MANY),
    ("es", "días", _ES),
    ("fr", "jours", _FR),
    ("it", "giorni", _IT),
)
_MONEY: Final = re.compile(r"(?P<sign>-?)\$(?P<whole>[\d,]+)\.(?P<part>\d\d)")
_SHARE: Final = re.compile(r"(\d+)%")
_DAYS: Final = re.compile(r"([\d,]+) days?")
_RATE: Final = re.compile(r"([\d.,]+) a month")
_GROUPED: Final = re.compile(r"\d{1,3}(?:,\d{3})+")
_SMALL: Final = re.compile(r"\d{1,2}")
_DATE: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def right_writings(value: str) -> list[Writing]:
    """Right ways to write a display form; only itself where it is of no known form."""
    shown = Writing("as shown", value)
    for form, ways in _RIGHT:
        if match := form.fullmatch(value):
            found = list(ways(match))
            # A negative amount is told as a loss; a model that says "-$2.10" breaks its prompt.
            return found if value.startswith("-") else [shown, *found]
    return [shown]


def wrong_writings(value: str, others: set[str]) -> list[tuple[Slip, Writing]]:
    """Wrong ways: other values, wrong rounding, wrong translations, wrong units.

    Args:
        value: The display form.
        others: Numbers that the same fact states besides: with them a text would be right.
    """
    for form, ways in _WRONG:
        if match := form.fullmatch(value):
            return [(slip, one) for slip, one in ways(match) if not one.numbers & others]
    return []


def _right_money(match: re.Match[str]) -> Iterator[Writing]:
    whole, part = match["whole"], match["part"]
    plain = whole.replace(",", "")
    if match["sign"]:
        yield Writing("loss", f"a loss of ${whole}.{part}")
        yield Writing("minus sign", f"\u2212${whole}.{part}")
        yield Writing("code", f"-{whole}.{part} USD")
        return
    yield Writing("code", f"{whole}.{part} USD")
    yield Writing("sign", f"US${whole}.{part}")
    yield Writing("cents", f"{int(plain + part)} cents")
    yield Writing("ungrouped", f"${plain}.{part}")
    yield Writing("translated", f"{whole.replace(',', '.')},{part} US$", _MANY)
    yield Writing("translated", f"{whole.replace(',', chr(0x202F))},{part} $", _FR)
    if int(plain) >= 100:
        yield Writing("rounded", f"about ${int(plain) + (int(part) >= 50):,}")


def _wrong_money(match: re.Match[str]) -> Iterator[tuple[Slip, Writing]]:
    sign, shown = match["sign"], f"{match['whole']}.{match['part']}"
    cents = int(shown.replace(",", "").replace(".", ""))
    yield Slip.WRONG, Writing("other value", f"{sign}${(cents + 1 + cents // 10) / 100:,.2f}")
    yield Slip.WRONG, Writing("one cent off", f"{sign}${(cents + 1) / 100:,.2f}")
    off = f"{(cents + 10) / 100:.2f}".replace(".", ",")
    yield Slip.TRANSLATED, Writing("other value, translated", f"{sign}{off} US$", _MANY)
    if not cents:
        return
    yield Slip.WRONG, Writing("turned sign", f"${shown}" if sign else f"a loss of ${shown}")
    yield Slip.WRONG, Writing("a tenth", f"{sign}${cents / 1000:,.2f}")
    if match["part"] != "00":
        yield Slip.TRANSLATED, Writing("decimal comma lost", f"{sign}${cents:,}")
        if 100 <= cents < 100_000:
            comma = f"{sign}${match['whole']},{match['part']}0"
            yield Slip.TRANSLATED, Writing("comma of thousands", comma)
    if match["part"] != "00" and cents < 10_000:
        yield Slip.ROUNDED, Writing("whole dollars", f"{sign}${cents // 100}")
        yield Slip.ROUNDED, Writing("whole dollars, up", f"about {sign}${cents // 100 + 1}")
    if match["part"][1] != "0" and cents < 10_000:
        yield Slip.ROUNDED, Writing("tenths", f"{sign}${cents // 10 / 10:,.1f}")
    # One that is nearly right is right: dollars are displayed without cents from 100 on.
    if cents > 10_000 and abs(round(cents, -3) - cents) > 100:
        yield Slip.ROUNDED, Writing("tens of dollars", f"about {sign}${round(cents, -3) // 100:,}")
    yield Slip.REUNITED, Writing("as per cent", f"{sign}{shown}%")
    yield Slip.REUNITED, Writing("as euros", f"{sign}\u20ac{shown}")
    yield Slip.REUNITED, Writing("as pounds", f"{sign}{shown} GBP")
    yield Slip.REUNITED, Writing("as days", f"{sign}{shown} days")
    yield Slip.REUNITED, Writing("without unit", f"{sign}{shown}")
    yield Slip.REUNITED, Writing("as cents", f"{sign}{shown} cents")
    yield Slip.REUNITED, Writing("a month", f"{sign}${shown} a month")


def _right_share(match: re.Match[str]) -> Iterator[Writing]:
    number = int(match[1])
    yield Writing("words", f"{number} percent")
    yield Writing("per mille", f"{number * 10}\u2030")
    yield Writing("translated", f"{number} Prozent", _ONE)
    yield Writing("translated", f"{number} por ciento", _ES)
    if 0 < number < 100:
        yield Writing("spelled", f"{spelled(number)} percent")
        yield Writing("decimal", f"a probability of {number / 100:.2f}")
        yield Writing("in hundred", f"{number} in 100")
    if 1 < number < 100:
        for language, word, frame in _IN_SHARES:
            yield Writing("translated", f"{foreign(number, language)} {word}", frame)


def _wrong_share(match: re.Match[str]) -> Iterator[tuple[Slip, Writing]]:
    number = int(match[1])
    yield Slip.WRONG, Writing("other value", f"{number + 3}%")
    tenths = (number + 15) % 100 // 10 or 1
    yield Slip.WRONG, Writing("a hundredth", f"{(number or 7) / 100:.2f}%")
    yield Slip.WRONG, Writing("in ten", f"{tenths} in 10", says=f"{tenths}0")
    if number < 90:
        yield Slip.WRONG, Writing("spelled", f"{spelled(number + 2)} percent", says=str(number + 2))
    else:
        yield Slip.WRONG, Writing("turned figures", f"{number - 27}%")
    yield Slip.TRANSLATED, Writing("other value, translated", f"{number + 2} Prozent", _ONE)
    for language, word, frame in _IN_SHARES:
        other = number + 2 if number < 90 else number % 100 + 5
        words = f"{foreign(other, language)} {word}"
        yield Slip.TRANSLATED, Writing("spelled, translated", words, frame, str(other))
    if number % 10 not in {0, 9} and 10 < number < 180:
        up = round(number + 5, -1)
        yield Slip.ROUNDED, Writing("tens", f"about {up}%")
        yield Slip.ROUNDED, Writing("tens, spelled", f"some {spelled(up)} percent", says=str(up))
    if 27 <= number <= 48:
        yield Slip.ROUNDED, Writing("a quarter", "a quarter", says="25")
    if 52 <= number <= 70:
        yield Slip.ROUNDED, Writing("half", "half", says="50")
    yield Slip.REUNITED, Writing("as money", f"${number}")
    yield Slip.REUNITED, Writing("as days", f"{number} days")
    yield Slip.REUNITED, Writing("as points", f"{number} percentage points")
    yield Slip.REUNITED, Writing("without unit", f"{number}")
    mille = number or 7
    yield Slip.REUNITED, Writing("per mille", f"{mille}\u2030", says=f"{mille / 10:g}")


def _right_days(match: re.Match[str]) -> Iterator[Writing]:
    number = int(match[1].replace(",", ""))
    yield Writing("translated", f"{match[1].replace(',', '.')} Tage", _MANY)
    yield Writing("short", f"{match[1]} d")
    if 1 < number < 100:
        yield Writing("spelled", f"{spelled(number)} days")
        yield Writing("hyphen", f"{number}-day", "It is a {} wait.")
        for language, word, frame in _IN_DAYS:
            yield Writing("translated", f"{foreign(number, language)} {word}", frame)


def _wrong_days(match: re.Match[str]) -> Iterator[tuple[Slip, Writing]]:
    number = int(match[1].replace(",", ""))
    yield Slip.WRONG, Writing("other value", f"{number + 3:,} days")
    if number < 90:
        more = number + 2
        yield Slip.WRONG, Writing("spelled", f"{spelled(more)} days", says=str(more))
        for language, word, frame in _IN_DAYS:
            words = f"{foreign(more, language)} {word}"
            yield Slip.TRANSLATED, Writing("spelled, translated", words, frame, str(more))
    yield Slip.TRANSLATED, Writing("other value, translated", f"{number + 2} Tage", _MANY)
    if number > 20 and number % 10 not in {0, 9}:
        yield Slip.ROUNDED, Writing("tens", f"about {round(number + 5, -1)} days")
    if 15 <= number < 100 and abs(number - 7 * round(number / 7)) > 1:
        yield Slip.ROUNDED, Writing("weeks", f"about {round(number / 7)} weeks")
    yield Slip.REUNITED, Writing("as weeks", f"{number:,} weeks")
    yield Slip.REUNITED, Writing("as months", f"{number:,} months")
    yield Slip.REUNITED, Writing("as hours", f"{number:,} hours")
    yield Slip.REUNITED, Writing("as per cent", f"{number:,}%")
    yield Slip.REUNITED, Writing("without unit", f"{number:,}")


def _right_rate(match: re.Match[str]) -> Iterator[Writing]:
    yield Writing("per", f"{match[1]} per month")
    yield Writing("slash", f"{match[1]}/month")
    if "." in match[1]:
        yield Writing("translated", f"{match[1].replace('.', ',')} pro Monat", _MANY)


def _wrong_rate(match: re.Match[str]) -> Iterator[tuple[Slip, Writing]]:
    value = float(match[1].replace(",", ""))
    yield Slip.WRONG, Writing("other value", f"{value + 3:.1f} a month")
    comma = f"{value + 2:.1f}".replace(".", ",")
    yield Slip.TRANSLATED, Writing("other value, translated", f"{comma} pro Monat", _MANY)
    coarse = round(value + 6, -1) if value >= 12 else int(value) + 1
    yield Slip.ROUNDED, Writing("too coarse", f"about {coarse:.0f} a month")
    yield Slip.REUNITED, Writing("as a week", f"{match[1]} a week")
    yield Slip.REUNITED, Writing("as a day", f"{match[1]} a day")
    yield Slip.REUNITED, Writing("as days", f"{match[1]} days")


def _right_grouped(match: re.Match[str]) -> Iterator[Writing]:
    value = match[0]
    yield Writing("ungrouped", value.replace(",", ""))
    yield Writing("space", value.replace(",", " "))
    yield Writing("apostrophe", value.replace(",", "\u2019"))
    yield Writing("translated", value.replace(",", "."), "Das ist der Wert {}.")
    number = int(value.replace(",", ""))
    if 10_000 <= number < 1_000_000:
        yield Writing("rounded", f"about {round(number, -3):,}")


def _wrong_grouped(match: re.Match[str]) -> Iterator[tuple[Slip, Writing]]:
    value = match[0]
    number = int(value.replace(",", ""))
    yield Slip.WRONG, Writing("other value", f"{number + 1_234:,}")
    yield Slip.TRANSLATED, Writing("thousands lost", f"{number // 1_000}")
    points = f"{number + 2_000:,}".replace(",", ".")
    yield Slip.TRANSLATED, Writing("other value, translated", points, "Das ist der Wert {}.")
    yield Slip.ROUNDED, Writing("millions", f"{number / 1e6 + 0.06:.1f} million")
    if number >= 20_000:
        yield Slip.ROUNDED, Writing("ten thousands", f"about {round(number + 15_000, -4):,}")
    yield Slip.REUNITED, Writing("as money", f"${value}")
    yield Slip.REUNITED, Writing("as days", f"{value} days")
    yield Slip.REUNITED, Writing("as per cent", f"{value}%")


def _right_small(match: re.Match[str]) -> Iterator[Writing]:
    yield Writing("spelled", spelled(int(match[0])))


def _wrong_small(match: re.Match[str]) -> Iterator[tuple[Slip, Writing]]:
    number = int(match[0])
    yield Slip.WRONG, Writing("other value", f"{number + 2}")
    yield Slip.WRONG, Writing("spelled", spelled(number + 3), says=str(number + 3))
    yield Slip.ROUNDED, Writing("dozens", "dozens of them", says="12")
    more = number + 4
    words = f"{foreign(more, 'de')} Angebote"
    yield Slip.TRANSLATED, Writing("spelled, translated", words, _MANY, str(more))
    if number:
        yield Slip.REUNITED, Writing("as per cent", f"{number}%")
        yield Slip.REUNITED, Writing("as days", f"{number} days")


def _right_date(match: re.Match[str]) -> Iterator[Writing]:
    day = date.fromisoformat(match[0])
    yield Writing("in words", f"{day.day} {day:%B %Y}")
    yield Writing("in words", f"{day:%B} {day.day}, {day.year}")
    yield Writing("translated", f"{day:%d.%m.%Y}", _ONE)


def _wrong_date(match: re.Match[str]) -> Iterator[tuple[Slip, Writing]]:
    day = date.fromisoformat(match[0]) + timedelta(days=1)
    yield Slip.WRONG, Writing("next day", f"{day.day} {day:%B %Y}")
    yield Slip.TRANSLATED, Writing("next day, translated", f"{day:%d.%m.%Y}", _ONE)
    yield Slip.REUNITED, Writing("as days", f"{day.day} days")


_RIGHT: Final = (
    (_DATE, _right_date),
    (_MONEY, _right_money),
    (_SHARE, _right_share),
    (_DAYS, _right_days),
    (_RATE, _right_rate),
    (_GROUPED, _right_grouped),
    (_SMALL, _right_small),
)
_WRONG: Final = (
    (_DATE, _wrong_date),
    (_MONEY, _wrong_money),
    (_SHARE, _wrong_share),
    (_DAYS, _wrong_days),
    (_RATE, _wrong_rate),
    (_GROUPED, _wrong_grouped),
    (_SMALL, _wrong_small),
)
