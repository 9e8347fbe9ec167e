import { describe, expect, it } from "vitest";
import { amountInterval, priceInterval } from "./interval";

describe("priceInterval", () => {
  it("puts the reference in the middle", () => {
    const shape = priceInterval({ p10: 800, p50: 1000, p90: 1250 }, 1000);
    expect(shape?.reference).toBe(0.5);
    expect(shape?.middle).toBeCloseTo(0.5);
    expect(shape?.from).toBeLessThan(0.5);
    expect(shape?.to).toBeGreaterThan(0.5);
  });
  it("is the same for cheap and dear products with equal proportions", () => {
    const cheap = priceInterval({ p10: 80, p50: 100, p90: 125 }, 90);
    const dear = priceInterval({ p10: 8000, p50: 10000, p90: 12500 }, 9000);
    expect(cheap?.from).toBeCloseTo(dear?.from ?? -1);
    expect(cheap?.to).toBeCloseTo(dear?.to ?? -1);
  });
  it("stays inside the axis", () => {
    const shape = priceInterval({ p10: 1, p50: 1000, p90: 1_000_000 }, 1000);
    expect(shape).toMatchObject({ from: 0, to: 1 });
  });
  it("centres on its own middle without a reference", () => {
    const shape = priceInterval({ p10: 800, p50: 1000, p90: 1250 }, null);
    expect(shape).toMatchObject({ middle: 0.5, reference: null });
  });
  it("has no shape without a price", () => {
    expect(priceInterval({ p10: 0, p50: 10, p90: 20 }, 10)).toBeNull();
    expect(priceInterval({ p10: 5, p50: 10, p90: 20 }, 0)).toBeNull();
  });
});

describe("amountInterval", () => {
  it("always shows zero", () => {
    for (const amounts of [
      { p10: 100, p50: 300, p90: 500 },
      { p10: -500, p50: -300, p90: -100 },
      { p10: -200, p50: 100, p90: 500 },
      { p10: 0, p50: 0, p90: 0 },
    ]) {
      const { from, middle, to, reference } = amountInterval(amounts);
      expect(reference).toBeGreaterThanOrEqual(0);
      expect(reference).toBeLessThanOrEqual(1);
      expect(from).toBeLessThanOrEqual(middle);
      expect(middle).toBeLessThanOrEqual(to);
    }
  });
});
