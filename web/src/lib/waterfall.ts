import type { FeeBreakdown } from "@/api/types";

/** What a waterfall needs of a sheet of fees. */
export type FeeSheet = Pick<FeeBreakdown, "price" | "net_proceeds"> & {
  lines: readonly Pick<FeeBreakdown["lines"][number], "code" | "amount">[];
};

/** One step from the sale price to the profit. Amounts are minor units; shares are 0-1 of the width. */
export interface WaterfallStep {
  key: string;
  kind: "total" | "minus" | "plus";
  amount: number | null;
  start: number;
  end: number;
}

/**
 * The way from sale price over each fee line, what returns cost and the landed cost to the profit. A line whose amount
 * is unknown keeps its place with no bar, and the totals after it are unknown too.
 */
export function waterfall(
  fees: FeeSheet,
  landedCost: number | null,
  returnsAllowance: number | null = null,
): WaterfallStep[] {
  const steps: { key: string; kind: WaterfallStep["kind"]; amount: number | null }[] = [
    { key: "price", kind: "total", amount: fees.price },
    ...fees.lines.map((line) => ({
      key: line.code,
      kind: line.amount !== null && line.amount < 0 ? ("plus" as const) : ("minus" as const),
      amount: line.amount,
    })),
    { key: "net_proceeds", kind: "total", amount: fees.net_proceeds },
  ];
  if (landedCost !== null) {
    const net = fees.net_proceeds;
    const profit = net === null ? null : net - (returnsAllowance ?? 0) - landedCost;
    if (returnsAllowance) {
      steps.push({ key: "returns_allowance", kind: "minus", amount: returnsAllowance });
    }
    steps.push({ key: "landed_cost", kind: "minus", amount: landedCost });
    steps.push({ key: "profit", kind: "total", amount: profit });
  }
  return place(steps);
}

function place(
  steps: { key: string; kind: WaterfallStep["kind"]; amount: number | null }[],
): WaterfallStep[] {
  let level = 0;
  const spans = steps.map(({ kind, amount }) => {
    if (amount === null) return [level, level] as const;
    const start = kind === "total" ? 0 : level;
    level = kind === "total" ? amount : level - amount;
    return [start, level] as const;
  });
  const low = Math.min(0, ...spans.flat());
  const high = Math.max(1, ...spans.flat());
  const share = (value: number) => (value - low) / (high - low);
  return steps.map((step, index) => {
    const [a, b] = spans[index] ?? [0, 0];
    return { ...step, start: share(Math.min(a, b)), end: share(Math.max(a, b)) };
  });
}
