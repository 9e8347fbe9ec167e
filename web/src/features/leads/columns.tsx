import { createColumnHelper, tableFeatures } from "@tanstack/react-table";
import type { DecisionRow } from "@/api/types";
import { Age } from "@/components/Age";
import { VerdictBadge } from "@/components/Verdict";
import {
  formatDays,
  formatInteger,
  formatMoney,
  formatProbability,
  formatRank,
  formatRate,
  formatRatio,
  formatWithin,
} from "@/lib/format";
import type { SortKey } from "@/lib/search";
import { AmazonCell, Figure, ProductCell, ProfitCell, ResaleCell, RisksCell } from "./cells";

/** What our columns say beyond what the table needs. */
export interface ColumnLook {
  width: number | null;
  hint: string;
  sort?: SortKey;
  isNumeric?: boolean;
}

export const features = tableFeatures({});
const helper = createColumnHelper<typeof features, DecisionRow>();

/** How each column looks, by its id. A width of null takes what is left. */
export const COLUMN_LOOKS: Record<string, ColumnLook> = {
  verdict: { width: 110, hint: "What the policy says" },
  product: { width: null, hint: "Title, identifier and ASIN", sort: "title" },
  cost: { width: 66, hint: "Unit cost", sort: "unit_cost", isNumeric: true },
  resale: {
    width: 140,
    hint: "Price at which this unit would sell: middle, and the 10-90 % interval. The line marks breakeven",
    sort: "resale",
  },
  max_cost: {
    width: 68,
    hint: "The most to pay and still meet the targets with the policy's confidence",
    sort: "max_cost",
    isNumeric: true,
  },
  profit: {
    width: 124,
    hint: "Profit per unit: middle, and 10-90 %",
    sort: "profit",
    isNumeric: true,
  },
  roi: { width: 62, hint: "Profit / landed cost", sort: "roi", isNumeric: true },
  probability: {
    width: 60,
    hint: "Probability that the profit is not negative",
    sort: "probability_of_profit",
    isNumeric: true,
  },
  days: {
    width: 64,
    hint: "Days until the whole quantity is sold: middle, and 9 times of 10 within",
    sort: "days_to_sell",
    isNumeric: true,
  },
  rank: { width: 74, hint: "Sales rank, and sales a month", sort: "sales_rank", isNumeric: true },
  offers: { width: 56, hint: "Live offers, of them by FBA", isNumeric: true },
  amazon: { width: 58, hint: "Amazon's own offer, and its share of 90 days in stock" },
  risks: { width: 66, hint: "Warnings, blockers and what is not known" },
  age: { width: 60, hint: "Age of the market data", isNumeric: true },
};

export const columns = helper.columns([
  helper.display({
    id: "verdict",
    header: "Verdict",
    cell: ({ row }) => <VerdictBadge verdict={row.original.verdict} />,
  }),
  helper.display({
    id: "product",
    header: "Product",
    cell: ({ row }) => <ProductCell row={row.original} />,
  }),
  helper.display({
    id: "cost",
    header: "Cost",
    cell: ({ row: { original: row } }) => (
      <Figure
        row={row}
        field="unit_cost"
        value={row.unit_cost === null ? null : formatMoney(row.unit_cost, row.currency ?? "USD")}
        below={row.quantity !== null && row.quantity > 1 && `× ${formatInteger(row.quantity)}`}
      />
    ),
  }),
  helper.display({
    id: "resale",
    header: "Resale",
    cell: ({ row }) => <ResaleCell row={row.original} />,
  }),
  helper.display({
    id: "max_cost",
    header: "Max cost",
    cell: ({ row: { original: row } }) => (
      <Figure
        row={row}
        field="max_cost"
        value={row.max_cost === null ? null : formatMoney(row.max_cost, row.currency ?? "USD")}
        className="font-semibold"
      />
    ),
  }),
  helper.display({
    id: "profit",
    header: "Profit",
    cell: ({ row }) => <ProfitCell row={row.original} />,
  }),
  helper.display({
    id: "roi",
    header: "ROI",
    cell: ({ row: { original: row } }) => (
      <Figure row={row} field="roi" value={row.roi === null ? null : formatRatio(row.roi)} />
    ),
  }),
  helper.display({
    id: "probability",
    header: "P(profit)",
    cell: ({ row: { original: row } }) => (
      <Figure
        row={row}
        field="probability_of_profit"
        value={
          row.probability_of_profit === null ? null : formatProbability(row.probability_of_profit)
        }
      />
    ),
  }),
  helper.display({
    id: "days",
    header: "Sells in",
    cell: ({ row: { original: row } }) => (
      <Figure
        row={row}
        field="days_to_sell"
        value={row.days_to_sell?.p50 == null ? null : formatDays(row.days_to_sell.p50)}
        below={formatWithin(row.days_to_sell?.p90)}
      />
    ),
  }),
  helper.display({
    id: "rank",
    header: "Rank",
    cell: ({ row: { original: row } }) => (
      <Figure
        row={row}
        field="sales_rank"
        value={row.sales_rank === null ? null : formatRank(row.sales_rank)}
        below={row.sales_per_month?.p50 != null && `${formatRate(row.sales_per_month.p50)} / mo`}
      />
    ),
  }),
  helper.display({
    id: "offers",
    header: "Offers",
    cell: ({ row: { original: row } }) => {
      const count = row.offers?.live ?? row.offers?.new ?? null;
      return (
        <Figure
          row={row}
          field="offers"
          value={count === null ? null : formatInteger(count)}
          below={row.offers?.fba != null && `${formatInteger(row.offers.fba)} FBA`}
        />
      );
    },
  }),
  helper.display({
    id: "amazon",
    header: "Amazon",
    cell: ({ row }) => <AmazonCell row={row.original} />,
  }),
  helper.display({
    id: "risks",
    header: "Risks",
    cell: ({ row }) => <RisksCell row={row.original} />,
  }),
  helper.display({
    id: "age",
    header: "Age",
    cell: ({ row }) => (
      <span className="text-muted">
        <Age at={row.original.observed_at ?? row.original.as_of} />
      </span>
    ),
  }),
]);
