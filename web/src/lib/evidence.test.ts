import { expect, it } from "vitest";
import { evidenceOf, figureTitle, formatInput } from "./evidence";

const evidence = {
  figure: "roi",
  formula: "profit p50 / landed cost",
  inputs: {},
  source: "lead",
  observed_at: null,
};

it("finds the record behind a figure", () => {
  expect(evidenceOf({ evidence: [evidence] }, "roi")).toBe(evidence);
  expect(evidenceOf({ evidence: [evidence] }, "margin")).toBeNull();
});

it("shows inputs in their unit", () => {
  const show = (figure: string, key: string, value: Parameters<typeof formatInput>[2]) =>
    formatInput(figure, key, value, "USD");
  expect(show("roi", "landed_cost", 1310)).toBe("$13.10");
  expect(show("landed_cost", "inbound", 40)).toBe("$0.40");
  expect(show("max_cost", "confidence", 0.8)).toBe("80%");
  expect(show("max_cost", "min_roi", 2.5)).toBe("2.5");
  expect(show("share", "rivals", 12)).toBe("12");
  expect(show("share", "basis", "live offers")).toBe("live offers");
  expect(show("share", "basis", null)).toBe("—");
  expect(show("share", "is_known", true)).toBe("yes");
  expect(show("share", "parts", [1, 2])).toBe("[1,2]");
});

it("names figures", () => {
  expect(figureTitle("risks.price_crash")).toBe("Price crash");
  expect(figureTitle("roi")).toBe("ROI");
  expect(figureTitle("max_cost")).toBe("Max cost");
});
