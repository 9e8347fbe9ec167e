import { describe, expect, it } from "vitest";
import {
  discounted,
  formatAge,
  formatCountdown,
  formatDays,
  formatDuration,
  formatInteger,
  formatMoney,
  formatNumber,
  formatProbability,
  formatRank,
  formatRate,
  formatRatio,
  formatShare,
  formatShortMoney,
  formatShortRank,
  formatSignedMoney,
  formatWithin,
  MISSING,
  plural,
  title,
  toDecimal,
  toMinor,
} from "./format";

describe("money", () => {
  it("shows minor units in their currency", () => {
    expect(formatMoney(1250, "USD")).toBe("$12.50");
    expect(formatMoney(123456, "GBP")).toBe("£1,234.56");
    expect(formatMoney(1250, "JPY")).toBe("¥1,250");
  });
  it("leaves cents out where space is short", () => {
    expect(formatShortMoney(9999, "USD")).toBe("$99.99");
    expect(formatShortMoney(10877, "USD")).toBe("$109");
    expect(formatShortMoney(null, "USD")).toBe(MISSING);
  });
  it("keeps zero apart from missing", () => {
    expect(formatMoney(0, "USD")).toBe("$0.00");
    expect(formatMoney(null, "USD")).toBe(MISSING);
    expect(formatMoney(undefined, "USD")).toBe(MISSING);
  });
  it("writes negative amounts with a real minus sign", () => {
    expect(formatMoney(-340, "USD")).toBe("−$3.40");
    expect(formatSignedMoney(340, "USD")).toBe("+$3.40");
    expect(formatSignedMoney(0, "USD")).toBe("$0.00");
  });
  it("goes to decimals and back without loss", () => {
    for (const minor of [0, 1, 9, 10, 99, 100, 101, 1999, 1_000_001]) {
      expect(toMinor(toDecimal(minor, "USD"), "USD")).toBe(minor);
      expect(toMinor(toDecimal(minor, "JPY"), "JPY")).toBe(minor);
    }
  });
  it("refuses what is not an amount", () => {
    for (const text of ["", "abc", "-1", "1e3", "1,5", "."])
      expect(toMinor(text, "USD")).toBeNull();
  });
  it("takes a discount off a cost", () => {
    expect(discounted("12.50", 20, "USD")).toBe("10.00");
    expect(discounted("9.99", 33, "USD")).toBe("6.69");
    expect(discounted("x", 10, "USD")).toBeNull();
  });
});

describe("numbers", () => {
  it("never rounds a probability to certainty", () => {
    expect(formatProbability(0)).toBe("<1%");
    expect(formatProbability(0.004)).toBe("<1%");
    expect(formatProbability(0.806)).toBe("81%");
    expect(formatProbability(0.996)).toBe(">99%");
    expect(formatProbability(1)).toBe(">99%");
    expect([0, 0.005, 0.5, 0.999, 1, null].map(formatShare)).toEqual([
      "0%",
      "<1%",
      "50%",
      ">99%",
      "100%",
      MISSING,
    ]);
    expect(formatProbability(null)).toBe(MISSING);
  });
  it("shows ratios, ranks and integers", () => {
    expect(formatRatio(0.347)).toBe("35%");
    expect(formatRatio(55.6)).toBe(">999%");
    expect(formatRatio(-0.12)).toBe("−12%");
    expect(formatRatio(null)).toBe(MISSING);
    expect(formatRank(12345)).toBe("12,345");
    expect(formatRank(1_234_567)).toBe("1.23M");
    expect(formatRank(null)).toBe(MISSING);
    expect([950, 361_400, 1_234_567, null].map(formatShortRank)).toEqual([
      "950",
      "361k",
      "1.23M",
      MISSING,
    ]);
    expect(formatInteger(-5)).toBe("−5");
    expect(formatInteger(null)).toBe(MISSING);
    expect(formatNumber(0.123456)).toBe("0.1235");
    expect(formatNumber(12345)).toBe("12,345");
    expect(formatNumber(null)).toBe(MISSING);
  });
  it("shows rates as exactly as they deserve", () => {
    expect(formatRate(0.04)).toBe("<0.1");
    expect(formatRate(0)).toBe("0");
    expect(formatRate(3.26)).toBe("3.3");
    expect(formatRate(1234.5)).toBe("1,235");
    expect(formatRate(null)).toBe(MISSING);
  });
  it("shows days in the unit that reads best", () => {
    expect(formatDays(0.4)).toBe("<1 d");
    expect(formatDays(12.4)).toBe("12 d");
    expect(formatDays(140)).toBe("20 wk");
    expect(formatDays(800)).toBe("2.2 y");
    expect(formatDays(null)).toBe(MISSING);
    expect([0.2, 9.6, null].map(formatWithin)).toEqual([null, "≤ 10 d", null]);
  });
});

describe("time", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  it("tells how long ago something was", () => {
    expect(formatAge("2026-11-22T11:59:30Z", now)).toBe("now");
    expect(formatAge("2026-11-22T11:55:00Z", now)).toBe("5 min");
    expect(formatAge("2026-11-22T09:00:00Z", now)).toBe("3 h");
    expect(formatAge("2026-11-10T12:00:00Z", now)).toBe("12 d");
    expect(formatAge("2026-05-22T12:00:00Z", now)).toBe("6 mo");
    expect(formatAge("2023-11-22T12:00:00Z", now)).toBe("3 y");
    expect(formatAge(null, now)).toBe(MISSING);
    expect(formatAge("nonsense", now)).toBe(MISSING);
  });
  it("counts down and measures", () => {
    expect(formatCountdown(34.2)).toBe("0:35");
    expect(formatCountdown(-3)).toBe("0:00");
    expect(formatCountdown(725)).toBe("12:05");
    expect(formatCountdown(12_000)).toBe("3 h 20 min");
    expect(formatDuration(8.4)).toBe("8 s");
    expect(formatDuration(125)).toBe("2 min 5 s");
    expect(formatDuration(4_320)).toBe("1 h 12 min");
  });
});

describe("words", () => {
  it("counts and names", () => {
    expect(plural(1, "row")).toBe("1 row");
    expect(plural(2000, "row")).toBe("2,000 rows");
    expect(title("used_very_good")).toBe("Used very good");
  });
});
