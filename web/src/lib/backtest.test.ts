import { describe, expect, it } from "vitest";
import type { BidScores, ForecastScores } from "@/api/types";
import {
  bidRows,
  coverageCurve,
  coverageRows,
  formatAgainst,
  formatPlace,
  formatTenths,
  formatUncertain,
  rateRows,
  thirdRows,
} from "./backtest";

function compared(pinball: number, against: number) {
  return { pinball, ours_against: against, ours_against_by_product: against };
}

const forecast = {
  windows: 10,
  products: 2,
  coverage: { "0.5": 0.49, "0.05": 0.06 },
  coverage_error: 0.01,
  standard_error: 0.02,
  pinball: 0.03,
  baselines: {
    last_price: { ...compared(0.04, -0.25), coverage: { "0.05": 0.6, "0.5": 0.6 } },
    pooled: { ...compared(0.03, 0.002), coverage: { "0.5": 0.52 } },
  },
  groups: {
    offers: [
      {
        from: 3,
        to: 3,
        windows: 5,
        coverage: { "0.5": 0.4 },
        coverage_error: 0.1,
        standard_error: 0.07,
      },
    ],
    rank: [
      {
        from: 702,
        to: 13654,
        windows: 5,
        coverage: { "0.5": 0.5 },
        coverage_error: 0,
        standard_error: null,
      },
    ],
  },
  reliability: [],
} satisfies ForecastScores;

function bids(hit: number, bid: number, equal: number | null, thirds = equal): BidScores {
  return {
    windows: 9,
    products: 2,
    hit_rate: hit,
    standard_error: null,
    mean_over_price: bid,
    at_our_hit_rate: equal,
    by_width: [],
    at_our_hit_rates: thirds,
  };
}

function reportOf(ours: BidScores, rules: Record<string, BidScores>) {
  return { max_cost: { "0.8": { ...ours, beside_rules: ours } }, rules };
}

describe("coverage", () => {
  it("is told by rising level, with the baselines in their order", () => {
    expect(coverageRows(forecast)).toEqual([
      { level: 0.05, ours: 0.06, others: [0.6, null, null] },
      { level: 0.5, ours: 0.49, others: [0.6, null, 0.52] },
    ]);
  });
  it("becomes a curve without levels that are not told", () => {
    const rows = coverageRows(forecast);
    expect(coverageCurve(rows).map((point) => point.observed)).toEqual([0.06, 0.49]);
    expect(coverageCurve(rows, 2)).toEqual([{ forecast: 0.5, observed: 0.52, windows: null }]);
    expect(coverageCurve(rows, 1)).toEqual([]);
  });
  it("names thirds by what they hold", () => {
    expect(thirdRows(forecast).map((row) => [row.label, row.range, row.error])).toEqual([
      ["Rank", "702 to 14k", "0.0%"],
      ["Offers", "3", "10.0% ± 7.0"],
    ]);
  });
});

describe("bids", () => {
  it("say who bids highest at the same hit rate, be it ours or not", () => {
    const rules = { yearly_low: bids(0.7, 0.32, 0.31), somebody: bids(0.4, 0.48, null) };
    const rows = bidRows(reportOf(bids(0.76, 0.37, 0.372), rules));
    expect(rows.map((row) => [row.label, row.isHighest])).toEqual([
      ["ArbitrageVault", true],
      ["Yearly low (5%)", false],
      ["somebody", false],
    ]);
    const worse = bidRows(reportOf(bids(0.76, 0.37, 0.372), { yearly_low: bids(0.8, 0.5, 0.4) }));
    expect(worse.map((row) => row.isHighest)).toEqual([false, true]);
    const uneven = { current_price: bids(0.7, 0.32, 0.4, 0.3) };
    const rowsInThirds = bidRows(reportOf(bids(0.76, 0.37, 0.372), uneven));
    expect(rowsInThirds.map((row) => row.isHighest)).toEqual([false, true]);
    expect(rowsInThirds.map((row) => row.isHighestInThirds)).toEqual([true, false]);
  });
  it("are none where nobody bid", () => {
    expect(bidRows(reportOf({ ...bids(0, 0, null), windows: 0 }, {}))).toEqual([]);
  });
});

describe("sales rates", () => {
  it("are told for all, then by how fast units sell", () => {
    const scores = {
      cases: 30,
      products: 4,
      abstained: 1,
      coverage: { "0.5": 0.52, "0.8": 0.81, cases: 30 },
      by_true_rate: { "< 5": { "0.5": 0.5, "0.8": null, cases: 20 } },
      by_estimate: {},
      shared_rank: {},
      median_error: 0.3,
    };
    expect(rateRows(scores)).toEqual([
      { label: "All", isAll: true, half: 0.52, most: 0.81, cases: 30 },
      { label: "< 5", isAll: false, half: 0.5, most: null, cases: 20 },
    ]);
  });
});

describe("figures", () => {
  it("are signed by meaning", () => {
    expect([-0.182, 0.031, 0.001, null].map(formatAgainst)).toEqual(["−18%", "+3%", "0%", "—"]);
    expect([0.7779, 1, null].map(formatTenths)).toEqual(["77.8%", "100.0%", "—"]);
    expect(formatUncertain(0.8333, 0.0412)).toBe("83.3% ± 4.1");
    expect([formatUncertain(0.8333, undefined), formatUncertain(null, null)]).toEqual([
      "83.3%",
      "—",
    ]);
    expect([Math.log(0.8), null].map(formatPlace)).toEqual(["−20%", "—"]);
  });
});
