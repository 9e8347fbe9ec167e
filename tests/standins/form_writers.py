"""Scripts of the stand-in for forms: right ones, and ones that say what the words do not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from arbitragevault.domain.explanation.answers import Form
from tests.standins.figures import Slip
from tests.standins.openai import Asked, Reply
from tests.standins.writers import Tally

Fields = dict[str, Any]
_HEADINGS: Final = ("Artikel-Nr.", "EK netto", "Stk.", "Lieferant", "UVP", "Bemerkung")
_COLUMNS: Final = {"identifier": 0, "cost": 1, "quantity": 2, "supplier": 3, "notes": 5}


def form_reply(fields: Mapping[str, Any], left: tuple[str, ...] = ()) -> Reply:
    """A filled-in form as a model answers it."""
    listed = [{"name": name, "value": json.dumps(value)} for name, value in fields.items()]
    return Reply(json.dumps({"fields": listed, "left": list(left)}))


@dataclass(frozen=True, slots=True)
class FormSlip:
    """A form that says what the words do not.

    Args:
        slip: What is wrong.
        fields: The form.
        named: What an objection has to name.
    """

    slip: Slip
    fields: Fields
    named: str


@dataclass(frozen=True, slots=True)
class Case:
    """A request for a form.

    Args:
        words: The words; the headings for columns.
        right: The fields that they mean.
        wrong: Forms that they do not mean.
    """

    words: str | tuple[str, ...]
    right: Fields
    wrong: tuple[FormSlip, ...]

    def form(self, use: str) -> Form:
        """The form that is to be filled in."""
        if use == "columns":
            return Form(use, {"headings": list(self.words), "rows": []})
        return Form(use, {"words": self.words, "today": "2026-11-27"})


def finder_case(record: Mapping[str, Any], number: int) -> Case:
    """Words with a decision's figures, in English or German."""
    cents = (record["resale"] or {}).get("p50") or 1_999
    rank = record["sales_rank"] or 50_000
    offers = (record["offers"] or {}).get("new") or 4
    money, place = f"{cents / 100:,.2f}", f"{rank:,}"
    # A name in letters makes every request another one.
    name = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    words = f"under ${money}, rank below {place}, at most {offers} new offers, for {name}"
    if number % 2:
        swap = str.maketrans(",.", ".,")
        words = (
            f"unter {money.translate(swap)} $, Rang unter {place.translate(swap)}, "
            f"höchstens {offers} Angebote, neu, {name}"
        )
    price, ranks, count = "current_NEW_lte", "current_SALES_lte", "current_COUNT_NEW_lte"
    right = {price: cents, ranks: rank, count: offers}
    wrong = [
        FormSlip(Slip.WRONG, {**right, price: round(cents * 1.1) + 7}, price),
        FormSlip(Slip.WRONG, {**right, count: offers + 2}, count),
        FormSlip(Slip.WRONG, {**right, "brand": ["Acme"]}, "brand"),
        FormSlip(Slip.WRONG, {**right, "releaseDate_gte": "1999-01-01"}, "releaseDate_gte"),
        FormSlip(Slip.WRONG, {**right, "title": "bargain"}, "title"),
        FormSlip(Slip.WRONG, {**right, "perPage": 10_000}, "perPage"),
        FormSlip(Slip.WRONG, {**right, "noSuchField_gte": 1}, "noSuchField_gte"),
        FormSlip(Slip.WRONG, {**right, "rootCategory": ["1"]}, "rootCategory"),
        FormSlip(Slip.TRANSLATED, {**right, price: cents * 100}, price),
        FormSlip(Slip.REUNITED, {**right, price: cents // 100}, price),
        FormSlip(Slip.REUNITED, {**right, price: rank * 100}, price),
        FormSlip(Slip.REUNITED, {**right, price: offers * 100}, price),
        FormSlip(Slip.REUNITED, {**right, ranks: cents}, ranks),
        FormSlip(Slip.REUNITED, {**right, ranks: cents // 100}, ranks),
    ]
    if cents % 100 > 1:  # "under $8.01" may be filled in as 800
        wrong.append(FormSlip(Slip.ROUNDED, {**right, price: cents // 100 * 100}, price))
        wrong.append(FormSlip(Slip.ROUNDED, {**right, price: cents // 100 * 100 + 100}, price))
    if rank > 1_000:
        wrong.append(FormSlip(Slip.ROUNDED, {**right, ranks: rank // 100 * 100 + 100}, ranks))
        wrong.append(FormSlip(Slip.TRANSLATED, {**right, ranks: rank // 1_000}, ranks))
    return Case(words, right, tuple(wrong))


_TOLD: Final = {"buy": "buys", "review": "reviews", "skip": "skips", "unknown": "unknowns"}


def filter_case(record: Mapping[str, Any], number: int) -> Case:
    """Words that name a decision's verdict and title."""
    title = f"{str(record['title'] or 'Sandbox').split()[0].strip(chr(34))} {number}"
    verdict = str(record["verdict"])
    other = "skip" if verdict == "buy" else "buy"
    words = f'{_TOLD[verdict]} with "{title}" sorted by roi descending'
    right = {"verdicts": [verdict], "text": title, "sort": "-roi"}
    wrong = (
        FormSlip(Slip.WRONG, {**right, "verdicts": ["maybe"]}, "verdicts"),
        FormSlip(Slip.WRONG, {**right, "verdicts": []}, "verdicts"),
        FormSlip(Slip.WRONG, {**right, "verdicts": [other]}, "verdicts"),
        FormSlip(Slip.WRONG, {**right, "supplier": "Somebody"}, "supplier"),
        FormSlip(Slip.WRONG, {**right, "text": "another product"}, "text"),
        FormSlip(Slip.WRONG, {**right, "limit": 5}, "limit"),
        FormSlip(Slip.ROUNDED, {**right, "text": f"{title}0"}, "text"),
        FormSlip(Slip.TRANSLATED, {**right, "verdicts": ["kaufen"]}, "verdicts"),
        FormSlip(Slip.TRANSLATED, {**right, "sort": "-rendite"}, "sort"),
        FormSlip(Slip.REUNITED, {**right, "sort": "-profit"}, "sort"),
        FormSlip(Slip.REUNITED, {**right, "sort": "-unit_cost"}, "sort"),
    )
    return Case(words, right, wrong)


def columns_case(number: int) -> Case:
    """Headings of an odd file."""
    headings = tuple(f"{heading} {number}" for heading in _HEADINGS)
    right = {field: headings[at] for field, at in _COLUMNS.items()}
    without = {field: heading for field, heading in right.items() if field != "identifier"}
    wrong = (
        FormSlip(Slip.WRONG, {**right, "cost": "EK brutto"}, "EK brutto"),
        FormSlip(Slip.WRONG, {**right, "cost": right["identifier"]}, right["identifier"]),
        FormSlip(Slip.WRONG, {**right, "margin": headings[4]}, "margin"),
        FormSlip(Slip.WRONG, without, "identifies"),
        FormSlip(Slip.ROUNDED, {**right, "cost": "EK netto"}, "EK netto"),
        FormSlip(Slip.TRANSLATED, {**right, "cost": f"Net cost {number}"}, f"Net cost {number}"),
        FormSlip(Slip.REUNITED, {**right, "cost": headings[4]}, headings[4]),
    )
    return Case(headings, right, wrong)


class FormSlipper:
    """Fills in wrongly at first, with each kind of slip in turn; rightly when asked again.

    Args:
        cases: The requests that will come.
        only: The one kind to slip in; None for all in turn.
    """

    def __init__(self, cases: Sequence[Case], only: Slip | None = None) -> None:
        self.tallies: dict[str, Tally] = {}
        self._cases = {case.words: (at, case) for at, case in enumerate(cases)}
        self._only = only
        self._first: dict[str | tuple[str, ...], FormSlip] = {}

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request for a form."""
        data = asked.data
        words = data.get("words") or tuple(data["headings"])
        number, case = self._cases[words]
        tally = self.tallies.setdefault(data["form"], Tally())
        if asked.is_retry:
            slip = self._first.pop(words)
            if f"{slip.named!r}"[1:-1] in asked.message.partition("without these:")[2]:
                tally.caught[slip.slip] += 1
            else:
                tally.missed.append(f"passed: {slip} {asked.message.splitlines()[-1]}")
            tally.right += len(case.right)
            return form_reply(case.right)
        slip = self._chosen(number, case)
        self._first[words] = slip
        tally.slipped[slip.slip] += 1
        return form_reply(slip.fields)

    def unanswered(self) -> list[FormSlip]:
        """Slips that the program took as they were."""
        return list(self._first.values())

    def _chosen(self, number: int, case: Case) -> FormSlip:
        kinds = [self._only] if self._only else list(Slip)
        kind = kinds[number % len(kinds)]
        found = [slip for slip in case.wrong if slip.slip is kind] or list(case.wrong)
        return found[number // len(kinds) % len(found)]
