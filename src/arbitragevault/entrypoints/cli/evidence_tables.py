"""The evidence for people: tables, and reliability as bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from arbitragevault.entrypoints.cli.output import MISSING

if TYPE_CHECKING:
    from rich.console import Console

Json = dict[str, Any]

_BAR: Final = 40
_NAMES: Final = {
    "last_price": "last price",
    "yearly_quantiles": "own yearly quantiles",
    "pooled": "pooled prior alone",
    "pooled_by_place": "pooled prior by place",
    "current_price": "current price",
    "average_90": "90-day average",
    "yearly_low": "yearly low (5 %)",
    "rank_drops_over_sellers": "rank drops / sellers",
    "rank_table": "rank table",
    "rank_table_over_sellers": "rank table / sellers",
}


def print_report(console: Console, told: Json) -> None:
    """Print a report.

    Args:
        console: Where to.
        told: As ``backtest --json`` prints it.
    """
    first, last = told["window_days"]
    console.print(
        f"{told['windows']:,} replayed decisions about {told['products']} products "
        f"({told['source']}); outcome: median price of days {first} to {last}; "
        f"model {told['model_version']}, data {told['data_digest'][:12]}."
    )
    for name, one in told["forecast"].items():
        if one["windows"]:
            _print_forecast(console, name, one)
    _print_bids(console, told)
    for risk, name in (("crash", "Price crash"), ("swarm", "Offer swarm")):
        one = told[risk]
        if one["windows"]:
            console.print(
                f"{name}: AUC {_figure(one['auc'])}, Brier {_figure(one['brier'])} "
                f"({_figure(one['brier_base_rate'])} for the base rate "
                f"{_percent(one['base_rate'])}); {one['windows']:,} windows."
            )
    if "sales_rate" in told:
        _print_rates(console, told["sales_rate"])
        _print_sold(console, told["sell_through"])


def _print_forecast(console: Console, name: str, one: Json) -> None:
    from rich.table import Table

    console.print()
    console.print(
        f"Resale price, {name}: {one['windows']:,} windows of {one['products']} products",
        style="bold",
    )
    levels = (f"{float(q):.0%}" for q in one["coverage"])
    table = Table("% of outcomes below", *levels, "largest error", "windows")
    table.add_row("all", *_covered(one))
    for group, thirds in one["groups"].items():
        for third in thirds:
            label = f"{group} {_short(third['from'])} to {_short(third['to'])}"
            table.add_row(label, *_covered(third))
    console.print(table)
    rivals = Table("beside", "pinball", "ours against it", "for the median product")
    rivals.add_row("ours", _figure(one["pinball"]), "", "")
    for rival, scores in one["baselines"].items():
        against = (
            _signed(scores["ours_against"]),
            _signed(scores.get("ours_against_by_product")),
        )
        rivals.add_row(_NAMES[rival], _figure(scores["pinball"]), *against)
    console.print(rivals)
    for point in one["reliability"][1::2]:
        console.print(_bar(point))


def _covered(one: Json) -> list[str]:
    """Coverage by level, its largest error with the standard error there, and the windows."""
    error = _uncertain(one["coverage_error"], one, _points)
    return [*map(_points, one["coverage"].values()), error, f"{one['windows']:,}"]


def _print_bids(console: Console, told: Json) -> None:
    from rich.table import Table

    (level, ours), *_ = told["max_cost"].items()
    console.print()
    beside = ours["beside_rules"]
    console.print(
        f"Max cost at {float(level):.0%}: target met in {_uncertain(ours['hit_rate'], ours)} of "
        f"{ours['windows']:,} bids on {ours['products']} products; beside the rules "
        f"where all of them bid ({beside['windows']:,} windows):",
        style="bold",
    )
    table = Table(
        "bid from",
        "target met",
        "calm / middling / restless",
        "mean bid / price",
        "at our hit rate",
        "in each third",
    )
    for name, one in (("ours", beside), *told["rules"].items()):
        table.add_row(
            _NAMES.get(name, name),
            _percent(one["hit_rate"]),
            " / ".join(f"{third['hit_rate']:.0%}" for third in one.get("by_width", ())),
            _percent(one["mean_over_price"]),
            _percent(one.get("at_our_hit_rate")),
            _percent(one.get("at_our_hit_rates")),
        )
    console.print(table)

    for point in told.get("max_cost_reliability", ()):
        console.print(
            f"{_bar(point)} of {point['windows']:,} bids, "
            f"{_percent(point['mean_over_price'])} of the price"
        )


def _bar(point: Json) -> str:
    """What came against what was stated, as a line."""
    filled = round(point["observed"] * _BAR)
    bar = "█" * filled + "·" * (_BAR - filled)
    return f"  {point['forecast']:4.0%} {bar} {_percent(point['observed'])}"


def _print_rates(console: Console, rates: Json) -> None:
    from rich.table import Table

    console.print()
    console.print(
        f"Sales rate: {rates['cases']:,} estimates of {rates['products']} products", style="bold"
    )
    table = Table("true units a month", "in the 50 % interval", "in the 80 % interval", "estimates")
    for name, one in {"all": rates["coverage"], **rates["by_true_rate"]}.items():
        table.add_row(name, _percent(one["0.5"]), _percent(one["0.8"]), f"{one['cases']:,}")
    console.print(table)


def _print_sold(console: Console, sold: Json) -> None:
    from rich.table import Table

    console.print()
    console.print("Sell-through: Brier score of P(units sold within days)", style="bold")
    rules = ("rank_drops_over_sellers", "rank_table", "rank_table_over_sellers")
    table = Table("days", "ours", *(_NAMES[rule] for rule in rules), "base rate", "cases")
    for days, one in sold.items():
        table.add_row(
            days,
            _figure(one["brier"]),
            *(_figure(one["rules"][rule]["brier"]) for rule in rules),
            _figure(one["brier_base_rate"]),
            f"{one['cases']:,}",
        )
    console.print(table)


def _percent(value: float | None) -> str:
    return MISSING if value is None else f"{value:.1%}"


def _points(value: float | None) -> str:
    return MISSING if value is None else f"{100 * value:.1f}"


def _uncertain(
    value: float | None, one: Json, shown: Callable[[float | None], str] = _percent
) -> str:
    """A share with its standard error, which reports kept by earlier versions do not have."""
    error = one.get("standard_error")
    return shown(value) if error is None else f"{shown(value)} ± {shown(error)}"


def _signed(value: float | None) -> str:
    return MISSING if value is None else f"{value:+.1%}"


def _figure(value: float | None) -> str:
    return MISSING if value is None else f"{value:.4f}"


def _short(value: float) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:.1f}M"
    if abs(value) >= 1e4:
        return f"{value / 1e3:.0f}k"
    return f"{value:,.0f}" if value == round(value) else f"{value:.2f}"
