import type { SoldScores } from "@/api/types";
import { Section } from "@/components/Section";
import { SALES_RULES } from "@/lib/backtest";
import { formatInteger, formatNumber } from "@/lib/format";
import { ChartAndTables } from "./ChartAndTables";
import { FigureTable } from "./FigureTable";

const TONES = ["stroke-accent", "stroke-warn", "stroke-unsure"] as const;

/** How right the chances were that units sell within some days, beside the usual rules. */
export function SellThrough({ byDays }: { byDays: Record<string, SoldScores> }) {
  const rows = Object.entries(byDays).filter(([, scores]) => scores.cases > 0);
  if (rows.length === 0) return null;
  return (
    <Section title="Sell-through" aside={`${formatInteger(rows[0]?.[1].cases ?? 0)} cases each`}>
      <p className="mb-3 text-muted">
        The chance that the units sell within so many days. Less of the Brier score is better.
      </p>
      <ChartAndTables
        label="Sell-through: how often the units sold against their forecast chance"
        across="forecast chance"
        up="they sold"
        curves={rows.map(([days, scores], place) => ({
          label: `${days} days`,
          points: scores.reliability,
          tone: TONES[place] ?? "stroke-muted",
        }))}
      >
        <FigureTable
          label="Sell-through: Brier score, less is better"
          heads={["Days", "Ours", ...SALES_RULES.map((rule) => rule.label), "Base rate"]}
          rows={rows.map(([days, scores]) => ({
            key: days,
            head: days,
            cells: [
              <b key="ours" className="font-medium">
                {formatNumber(scores.brier)}
              </b>,
              ...SALES_RULES.map((rule) => formatNumber(scores.rules[rule.name]?.brier ?? null)),
              formatNumber(scores.brier_base_rate),
            ],
          }))}
        />
      </ChartAndTables>
    </Section>
  );
}
