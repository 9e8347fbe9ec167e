"""Scripts of the stand-in for forms: right ones, and ones that say what the words do not."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any, Final

from tests.standins.openai import Asked, Reply

Fields = dict[str, Any]
_HEADINGS: Final = ("Artikel-Nr.", "EK netto", "Stk.", "Lieferant", "UVP", "Bemerkung")
_COLUMNS: Final = {"identifier": 0, "cost": 1, "quantity": 2, "supplier": 3, "notes": 5}


def form_reply(fields: Mapping[str, Any], left: tuple[str, ...] = ()) -> Reply:
    """A filled-in form as a model answers it."""
    listed = [{"name": name, "value": json.dumps(value)} for name, value in fields.items()]
    return Reply(json.dumps({"fields": listed, "left": list(left)}))


def finder_case(record: Mapping[str, Any]) -> tuple[str, Fields, list[Fields]]:
    """Words with a decision's figures, the fields that they mean, and wrong ones."""
    cents = (record["resale"] or {}).get("p50") or 1_999
    rank = record["sales_rank"] or 50_000
    offers = (record["offers"] or {}).get("new") or 4
    words = f"under ${cents / 100:,.2f}, rank below {rank:,}, at most {offers} new offers"
    right = {"current_NEW_lte": cents, "current_SALES_lte": rank, "current_COUNT_NEW_lte": offers}
    wrong = [
        {**right, "current_NEW_lte": round(cents * 1.1) + 7},
        {**right, "current_NEW_lte": cents * 100},
        {**right, "current_SALES_lte": rank // 10 + 13},
        {**right, "current_COUNT_NEW_lte": offers + 2},
        {**right, "monthlySold_gte": rank + 777},
        {**right, "brand": ["Acme"]},
        {**right, "releaseDate_gte": "2026-01-01"},
        {**right, "title": "bargain"},
        {**right, "perPage": 10_000},
        {**right, "noSuchField_gte": 1},
        {**right, "rootCategory": ["1"]},
    ]
    return words, right, wrong


def filter_case(record: Mapping[str, Any]) -> tuple[str, Fields, list[Fields]]:
    """Words that name a decision's verdict, the filter that they mean, and wrong ones."""
    word = str(record["title"] or "Sandbox").split()[0].strip('"')
    words = f'{record["verdict"]} with "{word}" sorted by roi descending'
    right = {"verdicts": [record["verdict"]], "text": word, "sort": "-roi"}
    wrong: list[Fields] = [
        {**right, "verdicts": ["maybe"]},
        {**right, "verdicts": []},
        {**right, "supplier": "Somebody"},
        {**right, "text": "another product"},
        {**right, "sort": "happiness"},
        {**right, "limit": 5},
    ]
    return words, right, wrong


def columns_case(number: int) -> tuple[list[str], Fields, list[Fields]]:
    """Headings of an odd file, the columns that they mean, and wrong ones."""
    headings = [f"{heading} {number}" for heading in _HEADINGS]
    right = {field: headings[at] for field, at in _COLUMNS.items()}
    wrong = [
        {**right, "cost": "EK brutto"},
        {**right, "cost": right["identifier"]},
        {**right, "margin": headings[4]},
        {field: heading for field, heading in right.items() if field != "identifier"},
    ]
    return headings, right, wrong


class FormSlipper:
    """Fills in wrongly at first, rightly when asked again.

    Args:
        seed: Of its choices.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # made again from its seed
        self.right: Fields = {}
        self.wrong: list[Fields] = []
        self.slips = 0

    def __call__(self, asked: Asked) -> Reply:
        """Answer a request for a form."""
        if asked.is_retry:
            return form_reply(self.right)
        self.slips += 1
        return form_reply(self._random.choice(self.wrong))
