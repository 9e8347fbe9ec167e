import type { SortKey } from "@/lib/search";

/** What sorts are called in lists of them. */
export const SORT_NAMES: Record<SortKey, string> = {
  row: "Row of the file",
  max_cost: "Max cost",
  profit: "Profit",
  roi: "ROI",
  probability_of_profit: "P(profit)",
  days_to_sell: "Days to sell",
  sales_rank: "Rank",
  resale: "Resale price",
  unit_cost: "Unit cost",
  decided_at: "Decided",
  title: "Title",
};
