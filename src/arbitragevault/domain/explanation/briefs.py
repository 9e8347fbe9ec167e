"""Briefs: what a text about one or several decisions has to be written about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from arbitragevault.domain.errors import InvalidInputError
from arbitragevault.domain.explanation.facts import Fact, money_text, text_fact
from arbitragevault.domain.explanation.fields import SENT, facts_of
from arbitragevault.domain.explanation.narrative import Brief, Part, Use
from arbitragevault.domain.explanation.phrases import failure, listed
from arbitragevault.domain.explanation.selection import preference_in_words
from arbitragevault.domain.market.sellthrough import LONGEST_DAYS

Record = Mapping[str, Any]

SIZES: Final = (5, 10, 15)
"""How long a shortlist may be."""

_WHY: Final = (("short", "In short"), ("why", "Why"), ("what_if", "What would change it"))
_TO_DO: Final = {
    "buy": "to buy",
    "review": "to review",
    "skip": "to skip",
    "unknown": "that cannot be judged yet",
}
_DIGEST_PICKS: Final = 5
_APART: Final = (
    # field, what the better one does, lower is better
    ("profit.p50", "{0} makes {1} more profit a unit at the median.", False),
    ("days_to_sell.p50", "{0} sells {1} sooner at the median.", True),
    ("max_cost", "For {0} you may pay {1} more a unit.", False),
    ("probability_of_target", "{0} reaches the policy's targets with a chance {1} higher.", False),
)


def why_brief(record: Record, *, sent: frozenset[str] = SENT) -> Brief:
    """Why this verdict, and what would change it."""
    verdict = str(record["verdict"])
    parts = tuple(Part(about, title, verdict) for about, title in _WHY)
    return Brief(Use.WHY, facts_of(record, sent=sent), parts)


def shortlist_brief(
    picks: Sequence[Record],
    *,
    considered: int,
    size: int,
    speed: float,
    sent: frozenset[str] = SENT,
) -> Brief:
    """Why these picks, in their order.

    Args:
        picks: Chosen decisions, best first.
        considered: From how many they were chosen.
        size: How many were wanted.
        speed: 0 for profit alone, 1 for speed alone.
        sent: Fields that a model may see.

    Raises:
        InvalidInputError: If there is no pick.
    """
    if not picks:
        raise InvalidInputError(
            "No decision is a buy or a review, so there is nothing to list; scan more leads."
        )
    verdicts = Counter(str(pick["verdict"]) for pick in picks)
    counted = listed([f"{verdicts[one]} {_TO_DO[one]}" for one in _TO_DO if verdicts[one]])
    chosen = f"{_count(len(picks), 'pick')} of {_count(considered, 'decision')}: {counted}."
    if len(picks) < size:
        chosen += f" You asked for {size}, but no others are a buy or a review."
    facts = [
        text_fact("list.chosen", "how the list came about", chosen),
        text_fact("list.preference", "order of the list", preference_in_words(speed)),
    ]
    parts = [Part("list", "The list")]
    for pick in picks:
        facts += _under(pick, sent)
        parts.append(_part_of(pick))
    return Brief(Use.SHORTLIST, tuple(facts), tuple(parts), preference_in_words(speed))


def digest_brief(
    records: Sequence[Record],
    best: Sequence[Record],
    *,
    counts: Mapping[str, int],
    day: str,
    sent: frozenset[str] = SENT,
) -> Brief:
    """What a day's decisions came to.

    Args:
        records: The day's decisions, as far as they were looked at.
        best: The best of them, best first.
        counts: Decisions of the day by verdict.
        day: The day, ISO 8601.
        sent: Fields that a model may see.
    """
    total = sum(counts.values())
    by_verdict = listed(
        [f"{counts[one]:,} {words}" for one, words in _TO_DO.items() if counts.get(one)]
    )
    decided = f"{_count(total, 'lead')} decided on {day}" + (f": {by_verdict}." if total else ".")
    facts = [text_fact("day.decided", "the day's decisions", decided)]
    facts += _money_of(records)
    facts += _obstacle_of(records)
    parts = [Part("day", "The day")]
    for record in best[:_DIGEST_PICKS]:
        facts += _under(record, sent)
        parts.append(_part_of(record))
    return Brief(Use.DIGEST, tuple(facts), tuple(parts))


def comparison_brief(one: Record, other: Record, *, sent: frozenset[str] = SENT) -> Brief:
    """Two decisions beside each other, and what sets them apart."""
    facts = [fact.under("a") for fact in facts_of(one, sent=sent)]
    facts += [fact.under("b") for fact in facts_of(other, sent=sent)]
    facts += _differences(one, other)
    parts = (
        Part("a", _title(one, "A"), str(one["verdict"]), "a."),
        Part("b", _title(other, "B"), str(other["verdict"]), "b."),
        Part("apart", "What sets them apart"),
    )
    return Brief(Use.COMPARISON, tuple(facts), parts)


def _under(record: Record, sent: frozenset[str]) -> list[Fact]:
    return [fact.under(f"d{record['id']}") for fact in facts_of(record, sent=sent)]


def _part_of(record: Record) -> Part:
    about = f"d{record['id']}"
    title = str(record.get("title") or record.get("asin") or record.get("identifier"))
    return Part(about, title, str(record["verdict"]), f"{about}.")


def _title(record: Record, letter: str) -> str:
    return f"{letter}: {record.get('title') or record.get('asin')}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _money_of(records: Sequence[Record]) -> list[Fact]:
    """What all buys of the day cost and would bring, where that is known and in one currency."""
    buys = [one for one in records if one["verdict"] == "buy" and one.get("expected_profit")]
    currencies = {str(one["currency"]) for one in buys}
    if len(currencies) != 1:
        return []
    currency = currencies.pop()
    brought = sum(int(one["expected_profit"]) * int(one["quantity"]) for one in buys)
    text = (
        f"All {len(buys)} buys together" if len(buys) > 1 else "The one buy"
    ) + f" would bring an expected profit of {money_text(brought, currency)}."
    return [text_fact("day.money", "expected profit of the buys", text)]


def _obstacle_of(records: Sequence[Record]) -> list[Fact]:
    """The criterion that most leads fail."""
    failed = Counter(
        str(reason["code"])
        for one in records
        for reason in one.get("reasons") or ()
        if reason["status"] == "fail"
    )
    if not failed:
        return []
    code, number = failed.most_common(1)[0]
    text = f"The most frequent obstacle, for {_count(number, 'lead')}: {failure(code)}."
    return [text_fact("day.obstacle", "most frequent obstacle", text)]


def _differences(one: Record, other: Record) -> list[Fact]:
    """Computed differences: a text may state those and no others."""
    known = [{fact.id: fact for fact in facts_of(record)} for record in (one, other)]
    found = []
    for name, words, lower_is_better in _APART:
        if not all(name in facts for facts in known):
            continue
        first, second = (facts[name] for facts in known)
        apart = float(first.value or 0) - float(second.value or 0)
        if not apart:
            continue
        winner = "A" if (apart > 0) != lower_is_better else "B"
        shown = _shown_difference(abs(apart), first)
        values = (float(first.value or 0), float(second.value or 0))
        if name == "days_to_sell.p50" and max(values) >= LONGEST_DAYS:
            shown = shown and f"at least {shown}"  # forecasts end there
        if shown is not None and (first.currency == second.currency):
            text = words.format(winner, shown)
            found.append(text_fact(f"apart.{name}", "difference", text))
    return found


def _shown_difference(size: float, like: Fact) -> str | None:
    """A difference in the display form of its unit; None where the display shows none."""
    if like.currency is not None:
        return money_text(round(size), like.currency)
    if like.unit == "share":
        points = round(100 * size)
        return f"{points} percentage point{'' if points == 1 else 's'}" if points else None
    days = round(size)
    return f"{days:,} day{'' if days == 1 else 's'}" if days else None
