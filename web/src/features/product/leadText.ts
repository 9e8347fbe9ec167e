import type { DecisionRow } from "@/api/types";
import { formatMoney, words } from "@/lib/format";

/** A lead in one line of a list: verdict, condition, cost. */
export function leadText(lead: DecisionRow): string {
  const cost =
    lead.unit_cost === null || lead.currency === null
      ? "no cost"
      : `at ${formatMoney(lead.unit_cost, lead.currency)}`;
  return [words(lead.verdict), lead.condition && words(lead.condition), cost]
    .filter(Boolean)
    .join(", ");
}
