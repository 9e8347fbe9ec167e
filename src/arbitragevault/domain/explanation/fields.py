"""The fields of a decision that texts are made of: one declared list.

What may be sent to a model is the column ``sent`` of this list, unless the owner declares another
one. The unit cost and everything that states it outright stay at home by default; supplier, link,
notes and further columns of a lead file are no facts at all, so nothing can send them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from arbitragevault.domain.errors import ConfigurationError
from arbitragevault.domain.explanation.facts import (
    Fact,
    code_fact,
    date_fact,
    figure_fact,
    name_fact,
    text_fact,
)
from arbitragevault.domain.explanation.quantity import Held, Unit

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One declared field.

    Args:
        name: Path in the decision record; also the id of its fact.
        label: What it is, in words.
        unit: What it counts; TEXT for words.
        sent: May be sent to a model unless the owner declares otherwise.
        also: Figures of the label: (value, unit).
    """

    name: str
    label: str
    unit: Unit
    sent: bool = True
    also: tuple[tuple[str, Unit], ...] = ()


_LOW: Final = (("0.1", Unit.SHARE), ("0.9", Unit.SHARE))
_SCALE: Final = (("0", Unit.SCORE), ("100", Unit.SCORE))
_NINETY: Final = (("90", Unit.DAYS),)

FIELDS: Final = (
    Field("verdict", "verdict", Unit.TEXT),
    Field("title", "title, written by others", Unit.TEXT),
    Field("asin", "ASIN", Unit.TEXT),
    Field("condition", "condition of the units", Unit.TEXT),
    Field("channel", "who ships", Unit.TEXT),
    Field("quantity", "units that could be bought", Unit.COUNT),
    Field("unit_cost", "asked unit cost", Unit.MONEY, sent=False),
    Field("landed_cost", "landed cost of a unit", Unit.MONEY, sent=False),
    Field("max_cost", "max cost: the most to pay for a unit", Unit.MONEY),
    Field("confidence", "confidence that the policy asks for", Unit.SHARE),
    Field("profit.p50", "median profit of a unit", Unit.MONEY),
    Field("profit.p10", "profit of a unit in a bad case (10th percentile)", Unit.MONEY, also=_LOW),
    Field("profit.p90", "profit of a unit in a good case (90th percentile)", Unit.MONEY, also=_LOW),
    Field("expected_profit", "expected profit of a unit, unsold ones included", Unit.MONEY),
    Field("roi", "ROI: median profit by landed cost", Unit.SHARE),
    Field("margin", "margin: median profit by sale price", Unit.SHARE),
    Field("probability_of_profit", "chance of a profit", Unit.SHARE),
    Field("probability_of_target", "chance of the policy's targets", Unit.SHARE),
    Field("probability_of_loss", "chance of a loss, unsold units included", Unit.SHARE),
    Field("days_to_sell.p50", "median days until all units are sold", Unit.DAYS),
    Field("days_to_sell.p90", "days until all are sold in a slow case", Unit.DAYS),
    Field(
        "sell_through.30", "chance that all sell in 30 days", Unit.SHARE, also=(("30", Unit.DAYS),)
    ),
    Field("sell_through.90", "chance that all sell in 90 days", Unit.SHARE, also=_NINETY),
    Field("resale.p50", "median resale price", Unit.MONEY),
    Field("resale.p10", "resale price in a bad case (10th percentile)", Unit.MONEY, also=_LOW),
    Field("resale.p90", "resale price in a good case (90th percentile)", Unit.MONEY, also=_LOW),
    Field("resale_basis.text", "what the resale price was read from", Unit.TEXT),
    Field("breakeven_price", "breakeven price", Unit.MONEY, sent=False),
    Field("net_proceeds", "net proceeds of a sale at the median price", Unit.MONEY, sent=False),
    Field("fees.total", "Amazon's fees at the median price", Unit.MONEY),
    Field("sales_per_month.p50", "units sold a month by all sellers", Unit.PER_MONTH),
    Field("share.p50", "our share of the sales", Unit.SHARE),
    Field("sales_rank", "sales rank now", Unit.RANK),
    Field("offers.new", "New offers", Unit.COUNT),
    Field("offers.used", "Used offers", Unit.COUNT),
    Field("offers.fba", "New offers shipped by Amazon", Unit.COUNT),
    Field("amazon.share_90", "part of 90 days with Amazon in stock", Unit.SHARE, also=_NINETY),
    Field("reasons", "criteria of the policy, checked", Unit.TEXT),
    Field("changes", "smallest changes towards a buy", Unit.TEXT),
    Field("risks", "risks", Unit.TEXT),
    Field("score", "score, 0 to 100, for sorting", Unit.SCORE, also=_SCALE),
    Field("data_quality", "how much was known", Unit.SHARE),
    Field("as_of", "day of the decision", Unit.DATE),
)
"""Every field, in the order in which texts and prompts list them."""

NAMES: Final = frozenset(field.name for field in FIELDS)
SENT: Final = frozenset(field.name for field in FIELDS if field.sent)
"""What a model may see unless the owner declares another list."""

_FOREIGN: Final = frozenset({"title"})
_STATES_COST: Final = re.compile(r"^At [\d.,]+ [A-Z]{3} the chance")
_WORDS: Final = {"fba": "Amazon ships (FBA)", "fbm": "you ship (FBM)"}


def declared(words: str | None) -> frozenset[str]:
    """The fields that a model may see.

    Args:
        words: Names to add or, with ``-`` in front, to take away from the usual list, separated by
            commas; None for the usual list.

    Raises:
        ConfigurationError: If a name is no field.
    """
    sent = set(SENT)
    for word in (words or "").replace(",", " ").split():
        name = word.lstrip("+-")
        if name not in NAMES:
            raise ConfigurationError(
                f"{name!r} is no field of an explanation; choose from {', '.join(sorted(NAMES))}."
            )
        sent -= {name}
        if not word.startswith("-"):
            sent.add(name)
    return frozenset(sent)


def facts_of(record: Record, *, sent: frozenset[str] = SENT) -> tuple[Fact, ...]:
    """The facts of a decision, in the order of ``FIELDS``; what is not known has none.

    Args:
        record: A decision record or the stored row of one.
        sent: Names of the fields that may be sent to a model.
    """
    return tuple(_facts(record, sent))


def _facts(record: Record, sent: frozenset[str]) -> Iterator[Fact]:
    for field in FIELDS:
        is_sent = field.name in sent
        if field.name in _FINDINGS:
            yield from _FINDINGS[field.name](record, is_sent, shows_cost="unit_cost" in sent)
            continue
        value = _at(record, field.name)
        if value is not None:
            yield _fact(field, value, str(record["currency"]), is_sent=is_sent)


def _at(record: Record, path: str) -> Any:  # noqa: ANN401  # whatever the record holds there
    value: Any = record
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _fact(field: Field, value: Any, currency: str, *, is_sent: bool) -> Fact:  # noqa: ANN401
    if field.unit is Unit.TEXT:
        if field.name in _FOREIGN:
            return replace(name_fact(field.name, field.label, str(value)), is_sent=is_sent)
        if field.name == "asin":
            return code_fact(field.name, field.label, str(value), is_sent=is_sent)
        words = _WORDS.get(str(value), str(value).replace("_", " "))
        return text_fact(field.name, field.label, words, is_sent=is_sent)
    if field.unit is Unit.DATE:
        moment = date.fromisoformat(str(value)[:10])
        return date_fact(field.name, field.label, moment, is_sent=is_sent)
    also = tuple(Held(Decimal(number), unit) for number, unit in field.also)
    return figure_fact(
        field.name, field.label, field.unit, value, currency=currency, also=also, is_sent=is_sent
    )


def _reasons(record: Record, is_sent: bool, *, shows_cost: bool) -> Iterator[Fact]:  # noqa: FBT001
    """The sent form of a reason names the cost only where the cost may be sent."""
    for id_, reason in _numbered("reasons", "code", record.get("reasons")):
        label = f"criterion, {reason['status']}"
        text = str(reason["text"])
        if not shows_cost:
            text = _STATES_COST.sub("At the asked cost the chance", text)
        yield text_fact(id_, label, text, is_sent=is_sent)


def _changes(record: Record, is_sent: bool, *, shows_cost: bool) -> Iterator[Fact]:  # noqa: FBT001
    del shows_cost  # the texts of changes never name it
    for id_, change in _numbered("changes", "change", record.get("counterfactual")):
        yield text_fact(id_, "a change towards a buy", str(change["text"]), is_sent=is_sent)


def _risks(record: Record, is_sent: bool, *, shows_cost: bool) -> Iterator[Fact]:  # noqa: FBT001
    """Risks with a probability and unknown ones; what warns is among the reasons."""
    del shows_cost
    for id_, risk in _numbered("risks", "code", record.get("risks")):
        if risk["status"] == "unknown" or risk.get("probability") is not None:
            yield text_fact(id_, f"risk, {risk['status']}", str(risk["text"]), is_sent=is_sent)


def _numbered(group: str, key: str, items: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401
    """Items with an id each: the second of a name gets a number."""
    seen: dict[str, int] = {}
    for item in items or ():
        name = str(item[key])
        seen[name] = seen.get(name, 0) + 1
        yield f"{group}.{name}" + (f".{seen[name]}" if seen[name] > 1 else ""), item


_FINDINGS: Final = {"reasons": _reasons, "changes": _changes, "risks": _risks}
