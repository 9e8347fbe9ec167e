import type { DecisionRecord, Evidence } from "@/api/types";
import { formatMoney, formatNumber, formatShare, MISSING, words } from "./format";

/** Inputs that are amounts of money, in minor units. */
const MONEY: ReadonlySet<string> = new Set([
  "fees",
  "keepa",
  "landed_cost",
  "liquidation",
  "low_price",
  "max_cost",
  "mean_net",
  "min_profit",
  "net_proceeds",
  "ours",
  "p50",
  "price",
  "price_now",
  "returns_allowance",
  "total",
  "unit_cost",
  "yearly_level",
]);

/** Inputs that are shares or probabilities. */
const SHARES: ReadonlySet<string> = new Set([
  "amazon_buy_box_90",
  "confidence",
  "liquidation_share",
  "min_roi",
  "own_weight",
  "probability_of_target",
  "returns_share",
  "share_90",
  "sold_share",
  "trust_in_drops",
]);

/** Figures whose inputs are all amounts: the lines of a sum. */
const SUMS: ReadonlySet<string> = new Set(["landed_cost"]);

/** The record behind a figure, if the decision has one. */
export function evidenceOf(
  record: Pick<DecisionRecord, "evidence">,
  figure: string,
): Evidence | null {
  return record.evidence?.find((item) => item.figure === figure) ?? null;
}

/** An input of a figure as text, with its unit where the name tells it. */
export function formatInput(figure: string, key: string, value: unknown, currency: string): string {
  if (value === null) return MISSING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  if (typeof value !== "number") return JSON.stringify(value);
  if (MONEY.has(key) || key.endsWith("_cents") || SUMS.has(figure)) {
    return formatMoney(value, currency);
  }
  return SHARES.has(key) && value >= 0 && value <= 1 ? formatShare(value) : formatNumber(value);
}

/** A figure's code as a heading: "risks.price_crash" becomes "Price crash". */
export function figureTitle(figure: string): string {
  const text = words(figure.split(".").at(-1) ?? figure);
  if (text === "roi") return "ROI";
  return text.charAt(0).toUpperCase() + text.slice(1);
}
