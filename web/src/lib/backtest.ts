/** What the evidence page shows of a backtest's report: names, figures, rows. */
import type {
  BacktestReport,
  BidScores,
  CurvePoint,
  EvidenceReport,
  ForecastScores,
  RateScores,
} from "@/api/types";
import { formatNumber, formatShortRank, MISSING } from "./format";

export type Source = EvidenceReport["source"];

export const SOURCE_NAMES: Record<Source, string> = {
  stored: "My products",
  recordings: "Recordings",
  sandbox: "Sandbox",
};

export const COMMANDS: Record<Source, string> = {
  stored: "uv run arbitragevault backtest --stored",
  recordings: "uv run arbitragevault backtest --recordings FOLDER",
  sandbox: "uv run arbitragevault backtest --sandbox",
};

/** Other ways to forecast, in the order in which they are shown; the last is the hardest to beat. */
export const BASELINES = [
  { name: "last_price", label: "Last price" },
  { name: "yearly_quantiles", label: "Own year" },
  { name: "pooled", label: "Pooled" },
] as const;

const RULE_NAMES: Record<string, string> = {
  current_price: "Current price",
  average_90: "90-day average",
  yearly_low: "Yearly low (5%)",
};

/** A share with one digit behind the point, which is what a few hundred windows can tell. */
export function formatTenths(share: number | null | undefined): string {
  return share === null || share === undefined ? MISSING : `${(share * 100).toFixed(1)}%`;
}

/** How much lower our loss is: "−18%" is better than the other way, "+3%" is worse. */
export function formatAgainst(change: number | null | undefined): string {
  if (change === null || change === undefined) return MISSING;
  const percent = Math.round(change * 100);
  return percent === 0 ? "0%" : `${percent < 0 ? "−" : "+"}${Math.abs(percent)}%`;
}

/** A share with its standard error, where that is known: "83.3% ± 4.1". */
export function formatUncertain(
  share: number | null | undefined,
  error: number | null | undefined,
): string {
  const told = formatTenths(share);
  return error === null || error === undefined ? told : `${told} ± ${(error * 100).toFixed(1)}`;
}

export interface CoverageRow {
  level: number;
  ours: number | null;
  /** By `BASELINES`. */
  others: (number | null)[];
}

/** The share of outcomes below each forecast level: ours, then that of every baseline. */
export function coverageRows(forecast: ForecastScores): CoverageRow[] {
  return Object.entries(forecast.coverage)
    .map(([level, ours]) => ({
      level: Number(level),
      ours,
      others: BASELINES.map(({ name }) => forecast.baselines[name]?.coverage[level] ?? null),
    }))
    .sort((a, b) => a.level - b.level);
}

/** Coverage of one way to forecast as points of a curve; levels that it does not tell are left out. */
export function coverageCurve(rows: CoverageRow[], baseline?: number): CurvePoint[] {
  return rows
    .map((row) => ({
      forecast: row.level,
      observed: baseline === undefined ? row.ours : (row.others[baseline] ?? null),
      windows: null,
    }))
    .filter((point) => point.observed !== null);
}

export interface BidRow extends BidScores {
  label: string;
  isOurs: boolean;
  /** Nobody bids higher at the same hit rate. */
  isHighest: boolean;
  /** Nor at the same hit rate in each third of the width of the forecast. */
  isHighestInThirds: boolean;
}

/** Ours beside the usual rules, on the windows in which every one of them bids. */
export function bidRows(report: Pick<BacktestReport, "max_cost" | "rules">): BidRow[] {
  const ours = Object.values(report.max_cost)[0];
  if (!ours || ours.beside_rules.windows === 0) return [];
  const rows = [
    { label: "ArbitrageVault", isOurs: true, ...ours.beside_rules },
    ...Object.entries(report.rules).map(([name, scores]) => ({
      label: RULE_NAMES[name] ?? name,
      isOurs: false,
      ...scores,
    })),
  ];
  const highest = highestOf(rows.map((row) => row.at_our_hit_rate));
  const highestInThirds = highestOf(rows.map((row) => row.at_our_hit_rates));
  return rows.map((row) => ({
    ...row,
    isHighest: row.at_our_hit_rate === highest,
    isHighestInThirds: row.at_our_hit_rates === highestInThirds,
  }));
}

function highestOf(shares: (number | null)[]): number {
  return Math.max(...shares.map((share) => share ?? Number.NEGATIVE_INFINITY));
}

/** The usual ways to tell whether units will sell, in the order in which they are shown. */
export const SALES_RULES = [
  { name: "rank_drops_over_sellers", label: "Rank drops / sellers" },
  { name: "rank_table", label: "Rank table" },
  { name: "rank_table_over_sellers", label: "Rank table / sellers" },
] as const;

export interface RateRow {
  label: string;
  isAll: boolean;
  half: number | null;
  most: number | null;
  cases: number | null;
}

/** The share of true sales rates inside their intervals: of all, and by how fast units sell. */
export function rateRows(scores: RateScores): RateRow[] {
  const row = (label: string, inside: Record<string, number | null>, isAll: boolean): RateRow => ({
    label,
    isAll,
    half: inside["0.5"] ?? null,
    most: inside["0.8"] ?? null,
    cases: inside.cases ?? null,
  });
  return [
    row("All", scores.coverage, true),
    ...Object.entries(scores.by_true_rate).map(([band, inside]) => row(band, inside, false)),
  ];
}

const QUANTITIES: Record<string, { label: string; format: (value: number | null) => string }> = {
  rank: { label: "Rank", format: formatShortRank },
  place: { label: "Against yearly level", format: (value) => formatPlace(value) },
  offers: { label: "Offers", format: formatNumber },
};

/** A place, the log of a price over its yearly level, as a signed percentage. */
export function formatPlace(place: number | null): string {
  return formatAgainst(place === null ? null : Math.exp(place) - 1);
}

export interface ThirdRow {
  key: string;
  label: string;
  range: string;
  windows: number;
  coverage: Record<string, number | null>;
  error: string;
}

/** Coverage within each third of rank, place and offers. */
export function thirdRows(forecast: ForecastScores): ThirdRow[] {
  return Object.entries(QUANTITIES).flatMap(([name, { label, format }]) =>
    (forecast.groups[name] ?? []).map((group) => ({
      key: `${name}-${group.from}`,
      label,
      range:
        group.from === group.to
          ? format(group.from)
          : `${format(group.from)} to ${format(group.to)}`,
      windows: group.windows,
      coverage: group.coverage,
      error: formatUncertain(group.coverage_error, group.standard_error),
    })),
  );
}
