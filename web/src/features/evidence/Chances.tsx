import type { ChanceScores } from "@/api/types";
import { Section } from "@/components/Section";
import { formatTenths } from "@/lib/backtest";
import { formatInteger, formatNumber, plural } from "@/lib/format";
import { ChartAndTables } from "./ChartAndTables";
import { FigureTable } from "./FigureTable";

/** How often it came where its chance was about this, and how well chances order the cases. */
export function Chances({
  title,
  what,
  scores,
}: {
  title: string;
  what: string;
  scores: ChanceScores;
}) {
  if (scores.windows === 0) return null;
  return (
    <Section
      title={title}
      aside={`${formatInteger(scores.windows)} windows, ${plural(scores.products, "product")}`}
    >
      <p className="mb-3 text-muted">
        {what} AUC <b className="font-medium text-ink">{formatNumber(scores.auc)}</b> (0.5 is
        chance, 1 is perfect); Brier score {formatNumber(scores.brier)}, against{" "}
        {formatNumber(scores.brier_base_rate)} for always saying {formatTenths(scores.base_rate)}.
      </p>
      <ChartAndTables
        label={`${title}: how often it came against its forecast chance`}
        across="forecast chance"
        up="it came"
        curves={[
          { label: "Ours", points: scores.reliability, tone: "stroke-accent", isCounted: true },
        ]}
      >
        <FigureTable
          label={`${title}: how often it came`}
          heads={["Forecast chance", "It came", "Windows"]}
          rows={scores.reliability.map((point) => ({
            key: String(point.forecast),
            head: formatTenths(point.forecast),
            cells: [formatTenths(point.observed), formatInteger(point.windows)],
          }))}
        />
      </ChartAndTables>
    </Section>
  );
}
