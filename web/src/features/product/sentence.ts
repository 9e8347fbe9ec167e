import type { DecisionRecord } from "@/api/types";
import { formatMoney, formatProbability } from "@/lib/format";

/** The decision in one plain sentence. */
export function verdictSentence(record: DecisionRecord): string {
  if (record.max_cost !== null) {
    const most = formatMoney(record.max_cost, record.currency);
    const chance = formatProbability(record.confidence);
    return `Pay at most ${most} for a chance of ${chance} to reach the targets.`;
  }
  const obstacle = record.reasons?.find(
    (reason) => reason.status === "fail" || reason.status === "unknown",
  );
  return obstacle?.text ?? "No cost reaches the targets.";
}
