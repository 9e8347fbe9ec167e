import { describe, expect, it } from "vitest";
import type { ChannelFees, FeeLine, KeepaComparison } from "@/api/types";
import { agrees, comparisonText, daysText, feePairs } from "./fees";

const line = (code: string, amount: number | null): FeeLine => ({
  code,
  amount,
  rule: "",
  inputs: {},
  reason: null,
  sources: [],
});

const sheet = (channel: string, lines: FeeLine[]): ChannelFees => ({
  channel,
  size_tier: null,
  sizing: null,
  fee_category: null,
  rate_card: null,
  first_day: null,
  last_day: null,
  lines,
  total: null,
  net_proceeds: null,
  returns_allowance: null,
  landed_cost: null,
  profit: null,
  roi: null,
  breakeven_price: null,
  target_price: null,
  jumps: [],
  refund: { refunded: 0, lines: [], cost: null, net_proceeds: null },
  removal: null,
});

const comparison = (ours: number | null, causes: string[] = []): KeepaComparison => ({
  fee: "fulfilment",
  keepa: 542,
  ours,
  difference: ours === null ? null : 542 - ours,
  on: "2026-11-22",
  price: 2499,
  causes,
});

describe("feePairs", () => {
  it("lists every fee of both channels once", () => {
    const fba = sheet("fba", [line("referral", 300), line("fulfilment", 500)]);
    const fbm = sheet("fbm", [line("referral", 300), line("fbm_shipping", 450)]);
    const found = feePairs(fba, fbm).map(({ code, own, other }) => [
      code,
      own?.amount,
      other?.amount,
    ]);
    expect(found).toEqual([
      ["referral", 300, 300],
      ["fulfilment", 500, undefined],
      ["fbm_shipping", undefined, 450],
    ]);
    expect(feePairs(fba, undefined)).toHaveLength(2);
  });
});

describe("comparison with Keepa", () => {
  it("agrees within a cent", () => {
    expect(agrees(comparison(541))).toBe(true);
    expect(comparisonText(comparison(542), "USD")).toContain("and so is ours");
  });
  it("names the cause of a difference", () => {
    const text = comparisonText(comparison(531, ["lithium battery"]), "USD");
    expect(text).toBe(
      "Keepa's fulfilment fee is $5.42, ours $5.31. Possible cause: lithium battery.",
    );
    expect(comparisonText(comparison(531), "USD")).toContain("Cause unknown");
  });
  it("cannot judge what is not known", () => {
    expect(agrees(comparison(null))).toBeNull();
    expect(comparisonText(comparison(null), "USD")).toContain("not known");
  });
});

describe("daysText", () => {
  it("says when a rule holds", () => {
    expect(daysText("2026-01-15", null)).toBe("since 2026-01-15");
    expect(daysText("2026-01-15", "2026-10-14")).toBe("2026-01-15 to 2026-10-14");
    expect(daysText(null, "2026-10-14")).toBe("until 2026-10-14");
    expect(daysText(null, null)).toBe("always");
  });
});
