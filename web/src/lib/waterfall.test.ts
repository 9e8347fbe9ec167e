import { describe, expect, it } from "vitest";
import type { FeeBreakdown } from "@/api/types";
import { waterfall } from "./waterfall";

const line = (code: string, amount: number | null) => ({
  code,
  amount,
  rule: "",
  inputs: {},
  reason: amount === null ? "weight not known" : null,
});

const fees = (amounts: [string, number | null][], net: number | null): FeeBreakdown => ({
  price: 2000,
  on: "2026-11-22",
  channel: "fba",
  size_tier: null,
  lines: amounts.map(([code, amount]) => line(code, amount)),
  total: null,
  net_proceeds: net,
  sizing: null,
});

describe("waterfall", () => {
  it("goes from the price to the profit", () => {
    const steps = waterfall(
      fees(
        [
          ["referral", 300],
          ["fulfilment", 700],
        ],
        1000,
      ),
      600,
    );
    expect(steps.map((step) => [step.key, step.amount])).toEqual([
      ["price", 2000],
      ["referral", 300],
      ["fulfilment", 700],
      ["net_proceeds", 1000],
      ["landed_cost", 600],
      ["profit", 400],
    ]);
    expect(steps[1]).toMatchObject({ start: 0.85, end: 1 });
    expect(steps[5]).toMatchObject({ start: 0, end: 0.2 });
  });
  it("takes off what returns cost", () => {
    const steps = waterfall(fees([], 2000), 600, 40);
    expect(steps.map((step) => [step.key, step.amount])).toEqual([
      ["price", 2000],
      ["net_proceeds", 2000],
      ["returns_allowance", 40],
      ["landed_cost", 600],
      ["profit", 1360],
    ]);
  });
  it("makes room for a loss", () => {
    const steps = waterfall(fees([["referral", 300]], 1700), 2200);
    expect(steps.at(-1)).toMatchObject({ key: "profit", amount: -500, start: 0 });
    for (const step of steps) expect(step.start).toBeLessThanOrEqual(step.end);
  });
  it("keeps unknown lines without a bar", () => {
    const steps = waterfall(fees([["fulfilment", null]], null), 100);
    expect(steps[1]).toMatchObject({ amount: null });
    expect(steps[1]?.start).toBe(steps[1]?.end);
    expect(steps.at(-1)).toMatchObject({ key: "profit", amount: null });
  });
  it("stops at the proceeds without a cost, and lets a discount add", () => {
    const steps = waterfall(fees([["fulfilment_discount", -100]], 2100), null);
    expect(steps.map((step) => step.kind)).toEqual(["total", "plus", "total"]);
  });
});
