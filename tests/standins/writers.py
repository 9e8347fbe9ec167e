"""Scripts of the stand-in: texts with right figures in many writings, and with one wrong one.

How figures are written and spoiled here shares nothing with the program's own check: it works on
the display forms that a model is shown ("$11.40", "82%", "12 days").
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.standins.openai import Asked, Reply

_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS: Final = (
    *("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)

Variant = tuple[str, str]
"""Kind of writing, and the words."""


def spelled(number: int) -> str:
    """A number below 200 in English words."""
    if number >= 100:
        return "one hundred" + (f" and {spelled(number - 100)}" if number > 100 else "")
    if number < 20:
        return _ONES[number]
    ten, one = divmod(number, 10)
    return _TENS[ten] + (f"-{_ONES[one]}" if one else "")


def right_variants(value: str) -> list[Variant]:  # noqa: C901  # one branch a unit
    """Right ways to write a display form; only itself where it is of no known form."""
    found: list[Variant] = [("as shown", f"It is {value}.")]
    if money := re.fullmatch(r"(-?)\$([\d,]+)\.(\d\d)", value):
        whole, part = money[2], money[3]
        plain = whole.replace(",", "")
        if money[1]:
            found = [
                ("loss", f"It is a loss of ${whole}.{part}."),
                ("minus sign", f"It is \u2212${whole}.{part}."),
                ("code", f"It is -{whole}.{part} USD."),
            ]
        else:
            found += [
                ("code", f"It is {whole}.{part} USD."),
                ("sign", f"It is US${whole}.{part}."),
                ("cents", f"It is {int(plain + part)} cents."),
                ("decimal comma", f"Das sind {whole.replace(',', '.')},{part} US$."),
                ("ungrouped", f"It is ${plain}.{part}."),
            ]
        if not money[1] and int(plain) >= 100:
            near = int(plain) + (int(part) >= 50)
            found.append(("rounded", f"It is about ${near:,}."))
    elif share := re.fullmatch(r"(\d+)%", value):
        number = int(share[1])
        found += [
            ("words", f"It is {number} percent."),
            ("per mille", f"It is {number * 10}\u2030."),
            ("translated", f"Es sind {number} Prozent."),
            ("translated", f"Es el {number} por ciento."),
        ]
        if 0 < number < 100:
            found += [
                ("spelled", f"It is {spelled(number)} percent."),
                ("decimal", f"It is a probability of {number / 100:.2f}."),
                ("in hundred", f"It is {number} in 100."),
            ]
    elif days := re.fullmatch(r"([\d,]+) days?", value):
        number = int(days[1].replace(",", ""))
        found += [
            ("translated", f"Das sind {days[1].replace(',', '.')} Tage."),
            ("short", f"It is {days[1]} d."),
        ]
        if 1 < number < 100:
            found.append(("spelled", f"It is {spelled(number)} days."))
            found.append(("hyphen", f"It is a {number}-day wait."))
    elif rate := re.fullmatch(r"([\d.,]+) a month", value):
        found.append(("per", f"It is {rate[1]} per month."))
        found.append(("slash", f"It is {rate[1]}/month."))
    elif re.fullmatch(r"\d{1,3}(,\d{3})+", value):
        number = int(value.replace(",", ""))
        found += [
            ("ungrouped", f"It is {number}."),
            ("space", f"It is {value.replace(',', ' ')}."),
            ("apostrophe", f"It is {value.replace(',', chr(0x2019))}."),
            ("translated", f"Das ist der Wert {value.replace(',', '.')}."),
        ]
    elif re.fullmatch(r"\d{1,2}", value):
        found.append(("spelled", f"It is {spelled(int(value))}."))
    return found


def wrong_variants(value: str, label: str) -> list[Variant]:  # noqa: C901  # one branch a unit
    """Wrong ways: other values, wrong rounding, wrong units, wrong signs."""
    found: list[Variant] = []
    if money := re.fullmatch(r"(-?)\$([\d,]+)\.(\d\d)", value):
        cents = int(money[2].replace(",", "") + money[3])
        more, shown = cents + 1 + cents // 10, f"{money[2]}.{money[3]}"
        comma = f"{(cents + 10) / 100:.2f}".replace(".", ",")
        found = [
            ("other value", f"It is {money[1]}${more / 100:,.2f}."),
            ("one cent off", f"It is {money[1]}${(cents + 1) / 100:,.2f}."),
            ("tenfold", f"It is {money[1]}${cents / 10:,.2f}."),
            ("as per cent", f"It is {money[1]}{shown}%."),
            ("as euros", f"It is {money[1]}\u20ac{shown}."),
            ("as days", f"It is {money[1]}{shown} days."),
            ("without unit", f"It is {money[1]}{shown}."),
            ("a month", f"It is {money[1]}${shown} a month."),
            ("decimal comma lost", f"It is {money[1]}${cents:,}."),
            (
                "translated wrongly",
                f"Das sind {money[1]}{comma} US$.",
            ),
            ("sign", f"It is ${shown}." if money[1] else f"It is a loss of ${shown}."),
        ]
        if cents == 0:
            found = found[:2]
        if money[3] != "00" and cents < 10_000:
            found.append(("rounded off", f"It is {money[1]}${cents // 100}."))
    elif share := re.fullmatch(r"(\d+)%", value):
        number = int(share[1])
        found = [
            ("other value", f"It is {number + 3}%."),
            ("spelled wrongly", f"It is {spelled(number + 2)} percent.") if number < 90 else
            ("other value", f"It is {number - 7}%."),
            ("as money", f"It is ${number}."),
            ("as days", f"It is {number} days."),
            ("as points", f"It is {number} percentage points."),
            ("without unit", f"It is {number}."),
            ("translated wrongly", f"Es sind {number + 2} Prozent."),
            ("hundredth", f"It is {(number or 7) / 100:.2f}%."),
        ]  # fmt: skip
        if number % 10 not in {0, 9} and number > 10:
            found.append(("rounded off", f"It is about {round(number + 5, -1)}%."))
    elif days := re.fullmatch(r"([\d,]+) days?", value):
        number = int(days[1].replace(",", ""))
        found = [
            ("other value", f"It is {number + 3:,} days."),
            ("as weeks", f"It is {number:,} weeks."),
            ("as months", f"It is {number:,} months."),
            ("as hours", f"It is {number:,} hours."),
            ("as per cent", f"It is {number:,}%."),
            ("without unit", f"It is {number:,}."),
            ("translated wrongly", f"Das sind {number + 2} Tage."),
        ]
        if number < 90:
            found.append(("spelled wrongly", f"It is {spelled(number + 2)} days."))
    elif rate := re.fullmatch(r"([\d.,]+) a month", value):
        found = [
            ("as a week", f"It is {rate[1]} a week."),
            ("as a day", f"It is {rate[1]} a day."),
            ("without unit", f"It is {rate[1]} days."),
        ]
    elif re.fullmatch(r"\d{1,3}(,\d{3})+", value):
        number = int(value.replace(",", ""))
        found = [
            ("other value", f"It is {number + 1_234:,}."),
            ("thousands lost", f"It is {number // 1_000}."),
            ("as money", f"It is ${value}."),
            ("as days", f"It is {value} days."),
            ("as per cent", f"It is {value}%."),
            ("too coarse", f"It is {number / 1e6 + 0.06:.1f} million."),
        ]
    elif re.fullmatch(r"\d{1,2}", value):
        number = int(value)
        found = [
            ("other value", f"It is {number + 1}."),
            ("spelled wrongly", f"It is {spelled(number + 3)}."),
            ("as per cent", f"It is {number}%.") if number else ("other value", "It is 2."),
        ]
    # A figure that the label itself names ("within 30 days") would be no wrong one.
    named = set(re.findall(r"\d+", label))
    return [(kind, words) for kind, words in found if not named & set(re.findall(r"\d+", words))]


class Slipper:
    """Writes texts whose figures are all right but one; asked again, it writes them all right.

    Args:
        seed: Of its choices.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # made again from its seed
        self.right: list[Variant] = []
        self.wrong: list[Variant] = []

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request for a text."""
        sections = [
            {"about": part["about"], "claims": self._claims(asked.data, part)}
            for part in asked.data["parts"]
        ]
        if not asked.is_retry:
            self._slip(asked.data, sections)
        return Reply(json.dumps({"sections": sections}))

    def _claims(self, data: dict[str, Any], part: dict[str, Any]) -> list[dict[str, Any]]:
        facts = [
            fact for fact in data["facts"] if fact["id"].startswith(part["facts_begin_with"])
            and fact["id"] not in _UNTOLD and not fact["id"].endswith(_UNTOLD_ENDS)
        ]  # fmt: skip
        chosen = self._random.sample(facts, min(4, len(facts)))
        return [self._claim(fact) for fact in chosen]

    def _claim(self, fact: dict[str, Any]) -> dict[str, Any]:
        kind, words = self._random.choice(right_variants(fact["value"]))
        if "." in fact["id"] and fact["id"].split(".")[-2] in _FINDINGS:
            kind, words = "as shown", fact["value"]
        self.right.append((kind, words))
        return {"text": words, "facts": [fact["id"]]}

    def _slip(self, data: dict[str, Any], sections: list[dict[str, Any]]) -> None:
        spoiled = list(self._spoiled(data, sections))
        section, fact, (kind, words) = self._random.choice(spoiled)
        self.wrong.append((kind, words))
        section["claims"].append({"text": words, "facts": [fact["id"]]})

    def _spoiled(
        self, data: dict[str, Any], sections: list[dict[str, Any]]
    ) -> Iterator[tuple[dict[str, Any], dict[str, Any], Variant]]:
        prefixes = {part["about"]: part["facts_begin_with"] for part in data["parts"]}
        for section in sections:
            for fact in data["facts"]:
                if fact["id"].startswith(prefixes[section["about"]]):
                    for variant in wrong_variants(fact["value"], fact["label"]):
                        yield section, fact, variant


_FINDINGS: Final = frozenset({"reasons", "changes", "risks", "apart", "list", "day"})
_UNTOLD: Final = frozenset({"title"})
_UNTOLD_ENDS: Final = (".title",)


def constant(text: str) -> Callable[[Asked], Reply]:
    """A script that always answers the same."""
    return lambda _: Reply(text)
