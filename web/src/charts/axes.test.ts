import { describe, expect, it } from "vitest";
import { logTicks, timeLabels } from "./axes";

describe("logTicks", () => {
  it("finds round values within the range", () => {
    expect(logTicks(900, 12_000)).toEqual([1_000, 2_000, 5_000, 10_000]);
    expect(logTicks(1, 100_000)).toEqual([1, 10, 100, 1_000, 10_000, 100_000]);
  });
});

describe("timeLabels", () => {
  const day = 86_400;
  const at = (year: number, month: number, date: number, hour = 0) =>
    new Date(year, month - 1, date, hour).getTime() / 1_000;
  it("says what the ticks are apart", () => {
    expect(timeLabels([at(2026, 11, 8), at(2026, 11, 15)], 7 * day)).toEqual(["Nov 8", "Nov 15"]);
    expect(timeLabels([at(2025, 1, 1), at(2026, 1, 1)], 365 * day)).toEqual(["2025", "2026"]);
    expect(timeLabels([at(2026, 11, 8, 6)], day / 4)).toEqual([
      expect.stringMatching(/^6:00\sAM$/),
    ]);
  });
  it("names the year with the first month and in January", () => {
    const times = [at(2025, 11, 1), at(2025, 12, 1), at(2026, 1, 1), at(2026, 2, 1)];
    expect(timeLabels(times, 30 * day)).toEqual(["Nov ’25", "Dec", "Jan ’26", "Feb"]);
  });
});
