import type { DecisionRow } from "@/api/types";

const NEEDS_COST: ReadonlySet<string> = new Set([
  "unit_cost",
  "profit",
  "roi",
  "probability_of_profit",
  "margin",
  "landed_cost",
]);

type Judged = Pick<DecisionRow, "unit_cost" | "reasons"> & Partial<Pick<DecisionRow, "error">>;

/** Why a figure of a decision is missing, in one sentence for the "—" that stands in its place. */
export function whyMissing(row: Judged, field: string): string {
  if (row.error) return row.error.message;
  if (row.unit_cost === null && NEEDS_COST.has(field)) return "No cost was given for this lead.";
  const unknown = row.reasons?.find((reason) => reason.status === "unknown");
  return unknown?.text ?? "Not known for this product.";
}
