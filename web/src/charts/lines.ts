import { formatInteger, formatMoney, formatRank } from "@/lib/format";

/** One line of the history chart. */
export interface Line {
  kind: string;
  label: string;
  color: `--${string}`;
  width: number;
  isFilled?: boolean;
}

/** One of the charts that stand above each other over the same time. */
export interface PaneSpec {
  id: "price" | "rank" | "count";
  title: string;
  height: number;
  isLog: boolean;
  lines: readonly Line[];
  format: (value: number | null, currency: string) => string;
}

/** Colours follow what resellers know from Keepa: Amazon orange, New blue, Buy Box magenta, rank green. */
export const PANES: readonly PaneSpec[] = [
  {
    id: "price",
    title: "Price",
    height: 232,
    isLog: false,
    format: formatMoney,
    lines: [
      { kind: "amazon", label: "Amazon", color: "--chart-amazon", width: 1.25, isFilled: true },
      { kind: "used", label: "Used", color: "--chart-used", width: 1.25 },
      { kind: "new", label: "New", color: "--chart-new", width: 1.5 },
      { kind: "buy_box", label: "Buy Box", color: "--chart-buybox", width: 1.5 },
    ],
  },
  {
    id: "rank",
    title: "Sales rank, log scale: lower sells more",
    height: 120,
    isLog: true,
    format: (value) => formatRank(value),
    lines: [{ kind: "sales_rank", label: "Rank", color: "--chart-rank", width: 1.25 }],
  },
  {
    id: "count",
    title: "Offers",
    height: 96,
    isLog: false,
    format: (value) => formatInteger(value),
    lines: [
      { kind: "count_used", label: "Used", color: "--chart-count-used", width: 1.25 },
      { kind: "count_new", label: "New", color: "--chart-count-new", width: 1.25 },
    ],
  },
];

/** A token's colour as it is now, for canvases, which know no custom properties. */
export function tokenColor(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

/** A "#rrggbb" colour made translucent. */
export function withAlpha(hex: string, alpha: number): string {
  const [red, green, blue] = [1, 3, 5].map((start) =>
    Number.parseInt(hex.slice(start, start + 2), 16),
  );
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
