import type { DecisionRow } from "@/api/types";
import { toDecimal } from "@/lib/format";
import { CHANNELS, CONDITIONS, type ProductSearch } from "@/lib/search";

/** Where a lead's product page is, with the lead's own cost, condition, channel and quantity. */
export interface ProductLink {
  to: "/product/$marketplace/$asin";
  params: { marketplace: string; asin: string };
  search: ProductSearch;
}

/** Null where the lead's identifier led to no product. */
export function productLink(row: DecisionRow): ProductLink | null {
  if (!row.asin || !row.marketplace) return null;
  const search: ProductSearch = {};
  if (row.unit_cost !== null && row.currency) {
    search.cost = toDecimal(row.unit_cost, row.currency);
  }
  const condition = CONDITIONS.find((item) => item === row.condition);
  const channel = CHANNELS.find((item) => item === row.channel);
  if (condition) search.condition = condition;
  if (channel) search.channel = channel;
  if (row.quantity !== null && row.quantity > 1) search.quantity = String(row.quantity);
  if (row.policy && row.policy.name !== "default") search.policy = row.policy.name;
  return {
    to: "/product/$marketplace/$asin",
    params: { marketplace: row.marketplace, asin: row.asin },
    search,
  };
}
