import type { RateScores } from "@/api/types";
import { Section } from "@/components/Section";
import { formatTenths, rateRows } from "@/lib/backtest";
import { formatInteger, plural } from "@/lib/format";
import { FigureTable } from "./FigureTable";

/** How often the true sales rate, which only a simulated market tells, lay in its intervals. */
export function SalesRate({ scores }: { scores: RateScores }) {
  if (scores.cases === 0) return null;
  return (
    <Section
      title="Sales rate"
      aside={`${formatInteger(scores.cases)} estimates, ${plural(scores.products, "product")}`}
    >
      <p className="mb-3 text-muted">
        The true sales are known here. Half of them should lie in the 50% interval and four of five
        in the 80% interval, for slow and for fast sellers alike.
        {scores.abstained > 0 && ` ${formatInteger(scores.abstained)} times no rate was told.`}
      </p>
      <FigureTable
        label="Sales rate: true rates inside the intervals"
        heads={["Units a month", "In the 50% interval", "In the 80% interval", "Estimates"]}
        rows={rateRows(scores).map((row) => ({
          key: row.label,
          isStrong: row.isAll,
          head: row.label,
          cells: [formatTenths(row.half), formatTenths(row.most), formatInteger(row.cases)],
        }))}
      />
    </Section>
  );
}
