import type { BacktestReport } from "@/api/types";
import { Icon } from "@/components/Icon";
import { Section } from "@/components/Section";
import { bidRows, formatTenths } from "@/lib/backtest";
import { formatInteger, formatShare } from "@/lib/format";
import { FigureTable } from "./FigureTable";

/** How often a bid at the max cost met the targets, beside what the usual rules would bid. */
export function Bids({ report }: { report: BacktestReport }) {
  const [level, ours] = Object.entries(report.max_cost)[0] ?? [];
  if (!level || !ours) return null;
  const rows = bidRows(report);
  return (
    <Section
      title={`Max cost at ${formatShare(Number(level))}`}
      aside={`${formatInteger(ours.windows)} bids, ${formatInteger(ours.products)} products`}
    >
      {ours.windows === 0 ? (
        <p className="text-muted">
          No bid could be scored: no replayed sale falls on a day whose fees are known.
        </p>
      ) : (
        <p className="mb-3">
          Whoever paid our max cost would have met the targets in{" "}
          <b className="font-semibold">{formatTenths(ours.hit_rate)}</b> of the cases; the promise
          is {formatShare(Number(level))}. A bid was {formatTenths(ours.mean_over_price)} of the
          price on average.
        </p>
      )}
      {rows.length > 0 && (
        <FigureTable
          label="Max cost beside the usual rules"
          heads={["Bid from", "Target met", "Bid / price", "Bid / price at our hit rate"]}
          rows={rows.map((row) => ({
            key: row.label,
            isStrong: row.isOurs,
            head: row.label,
            cells: [
              formatTenths(row.hit_rate),
              formatTenths(row.mean_over_price),
              <span key="equal" className="inline-flex items-center justify-end gap-1">
                {row.isHighest && (
                  <>
                    <Icon name="check" size={14} className="text-pass" />
                    <span className="sr-only">the highest: </span>
                  </>
                )}
                {formatTenths(row.at_our_hit_rate)}
              </span>,
            ],
          }))}
        />
      )}
      {rows[0] && (
        <p className="mt-2 text-sm text-faint">
          On the {formatInteger(rows[0].windows)} windows in which all of them bid. The last column
          scales each rule until it is right as often as ours: higher wins more leads.
        </p>
      )}
    </Section>
  );
}
