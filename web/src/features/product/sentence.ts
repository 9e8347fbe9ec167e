import type { DecisionRecord } from "@/api/types";
import { formatMoney, formatProbability } from "@/lib/format";

/** Obstacles that a lower cost removes: the max cost says more about them than their own words. */
const ABOUT_COST: ReadonlySet<string> = new Set(["profit_target", "unit_cost", "landed_cost"]);

/** The decision in one plain sentence: what stands in the way, else the most to pay. */
export function verdictSentence(record: DecisionRecord): string {
  const obstacle = record.reasons?.find(
    (reason) => reason.status === "fail" || reason.status === "unknown",
  );
  if (obstacle && (record.max_cost === null || !ABOUT_COST.has(obstacle.code))) {
    return obstacle.text;
  }
  if (record.max_cost === null) return "No cost reaches the targets.";
  const most = formatMoney(record.max_cost, record.currency);
  return `Pay at most ${most}: ${formatProbability(record.confidence)} chance of the targets.`;
}
