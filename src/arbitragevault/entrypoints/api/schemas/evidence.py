"""Reports of backtests. Figures that a report cannot tell, or did not yet tell, are null."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from arbitragevault.entrypoints.api.schemas.shape import Shape


class CurvePoint(Shape):
    """How often something came where its forecast probability was about this."""

    forecast: float | None
    observed: float | None
    windows: int | None = None


class Rival(Shape):
    """Another way to forecast on the same windows.

    ``ours_against`` compares the mean losses; ``ours_against_by_product`` is the median of each
    product's own comparison.
    """

    pinball: float | None
    ours_against: float | None = None
    ours_against_by_product: float | None = None
    coverage: dict[str, float | None] = Field(default_factory=dict)


class CoverageGroup(Shape):
    """Coverage within a third of a quantity; ``standard_error`` is that at the largest error."""

    from_: float | None = Field(alias="from")
    to: float | None
    windows: int
    coverage: dict[str, float | None]
    coverage_error: float | None
    standard_error: float | None = None


class ForecastScores(Shape):
    """The resale price of one condition: shares of outcomes below each forecast level, and losses.

    ``coverage`` is by nominal level, ties counted half; ``standard_error`` is that at the level of
    the largest error, products being drawn; ``baselines`` and ``groups`` are by name.
    """

    windows: int
    products: int
    coverage: dict[str, float | None] = Field(default_factory=dict)
    coverage_error: float | None = None
    standard_error: float | None = None
    pinball: float | None = None
    baselines: dict[str, Rival] = Field(default_factory=dict)
    groups: dict[str, list[CoverageGroup]] = Field(default_factory=dict)
    reliability: list[CurvePoint] = Field(default_factory=list)


class BidRecord(Shape):
    """How often a way of bidding met the targets, and how high it bid as a part of the price.

    ``standard_error`` is that of the hit rate, products being drawn. ``at_our_hit_rate`` is that
    part after one factor on every bid made it right as often as ours.
    """

    windows: int
    products: int
    hit_rate: float | None
    standard_error: float | None = None
    mean_over_price: float | None
    at_our_hit_rate: float | None = None


class BidScores(BidRecord):
    """A way of bidding, and where the price is forecast narrowly, middling and widely.

    ``at_our_hit_rates`` has a factor for each of these thirds, so that it is right as often as ours
    for calm and for restless prices alike.
    """

    by_width: list[BidRecord] = Field(default_factory=list)
    at_our_hit_rates: float | None = None


class StatedBids(CurvePoint):
    """How often our max cost at a confidence (``forecast``) was met, and how high it was."""

    products: int
    standard_error: float | None = None
    mean_over_price: float | None


class OurBids(BidScores):
    """Every bid of ours, and those where all rules bid too."""

    beside_rules: BidScores


class ChanceScores(Shape):
    """How right the chances of a risk were."""

    windows: int
    products: int = 0
    auc: float | None
    base_rate: float | None
    brier: float | None
    mean_forecast: float | None = None
    brier_base_rate: float | None = None
    top_decile_lift: float | None = None
    reliability: list[CurvePoint] = Field(default_factory=list)


class RateScores(Shape):
    """How often the true sales rate lay in its intervals; by central share, with the cases."""

    cases: int
    products: int
    abstained: int
    coverage: dict[str, float | None]
    by_true_rate: dict[str, dict[str, float | None]]
    by_estimate: dict[str, dict[str, float | None]]
    shared_rank: dict[str, float | None]
    median_error: float | None


class RuleBrier(Shape):
    """The Brier score of a usual rule."""

    brier: float | None


class SoldScores(Shape):
    """How right the chances were that units sell within some days, beside usual rules by name."""

    cases: int
    base_rate: float | None
    brier: float | None
    brier_histories_only: float | None
    brier_base_rate: float | None
    rules: dict[str, RuleBrier]
    reliability: list[CurvePoint]


class BacktestReport(Shape):
    """What a backtest found; sales are known, and scored, in the sandbox alone."""

    source: Literal["recordings", "stored", "sandbox"]
    products: int
    windows: int
    step_days: int
    burn_in_days: int
    window_days: tuple[int, int]
    policy: str
    forecast: dict[str, ForecastScores]
    max_cost: dict[str, OurBids]
    max_cost_reliability: list[StatedBids] = Field(default_factory=list)
    rules: dict[str, BidScores]
    max_cost_by_condition: dict[str, dict[str, BidScores]] = Field(default_factory=dict)
    crash: ChanceScores
    swarm: ChanceScores
    sales_rate: RateScores | None = None
    sell_through: dict[str, SoldScores] | None = None
    model_version: str
    data_digest: str
    seconds: float
    seed: int | None = None
    bad_files: dict[str, str] = Field(default_factory=dict)


class EvidenceReport(Shape):
    """A kept report; ``is_current`` unless another model decides by now."""

    id: int
    created_at: datetime
    source: Literal["recordings", "stored", "sandbox"]
    sandbox: bool
    is_current: bool
    running_model_version: str
    report: BacktestReport


class KeptReport(Shape):
    """What a kept report is about; ``GET /evidence/{id}`` has its figures."""

    id: int
    created_at: datetime
    source: Literal["recordings", "stored", "sandbox"]
    model_version: str
    products: int
    windows: int


class EvidenceList(Shape):
    """The newest report of every source, and what all kept ones are about, the newest first."""

    items: list[EvidenceReport]
    kept: list[KeptReport]
