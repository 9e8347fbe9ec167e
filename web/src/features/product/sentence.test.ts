import { describe, expect, it } from "vitest";
import type { DecisionRecord, Reason } from "@/api/types";
import { verdictSentence } from "./sentence";

const reason = (code: string, status: Reason["status"]): Reason => ({
  code,
  status,
  text: `About ${code}.`,
  observed: null,
  limit: null,
});

const record = (maxCost: number | null, ...reasons: Reason[]) =>
  ({ max_cost: maxCost, currency: "USD", confidence: 0.8, reasons }) as unknown as DecisionRecord;

describe("verdictSentence", () => {
  it("names the most to pay", () => {
    const most = "Pay at most $11.40: 80% chance of the targets.";
    expect(verdictSentence(record(1140, reason("sales_rank", "pass")))).toBe(most);
    expect(verdictSentence(record(1140, reason("profit_target", "fail")))).toBe(most);
    expect(verdictSentence(record(1140, reason("unit_cost", "unknown")))).toBe(most);
  });
  it("names what no cost can mend", () => {
    expect(verdictSentence(record(1140, reason("amazon_share", "fail")))).toBe(
      "About amazon_share.",
    );
    expect(verdictSentence(record(null, reason("resale_price", "unknown")))).toBe(
      "About resale_price.",
    );
    expect(verdictSentence(record(null))).toBe("No cost reaches the targets.");
  });
});
