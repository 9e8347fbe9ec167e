import type { BacktestReport, StatedBids } from "@/api/types";
import { Icon } from "@/components/Icon";
import { Section } from "@/components/Section";
import { bidRows, formatTenths, formatUncertain } from "@/lib/backtest";
import { formatInteger, formatShare, MISSING, plural } from "@/lib/format";
import { ChartAndTables } from "./ChartAndTables";
import { FigureTable } from "./FigureTable";

/** How often a bid at the max cost met the targets, beside what the usual rules would bid. */
export function Bids({ report }: { report: BacktestReport }) {
  const [level, ours] = Object.entries(report.max_cost)[0] ?? [];
  if (!level || !ours) return null;
  const rows = bidRows(report);
  return (
    <Section
      title={`Max cost at ${formatShare(Number(level))}`}
      aside={`${formatInteger(ours.windows)} bids, ${plural(ours.products, "product")}`}
    >
      {ours.windows === 0 ? (
        <p className="text-muted">
          No bid could be scored: no replayed sale falls on a day whose fees are known.
        </p>
      ) : (
        <p className="mb-3">
          Whoever paid our max cost would have met the targets in{" "}
          <b className="font-semibold">{formatUncertain(ours.hit_rate, ours.standard_error)}</b> of
          the cases (± standard error, had other products been drawn); the promise is{" "}
          {formatShare(Number(level))}. A bid was {formatTenths(ours.mean_over_price)} of the price
          on average.
        </p>
      )}
      {report.max_cost_reliability.length > 0 && (
        <div className="mb-4">
          <Stated points={report.max_cost_reliability} />
        </div>
      )}
      {rows.length > 0 && (
        <FigureTable
          label="Max cost beside the usual rules"
          heads={[
            "Bid from",
            "Target met",
            "Calm / middling / restless",
            "Bid / price",
            "At our hit rate",
            "In each third",
          ]}
          rows={rows.map((row) => ({
            key: row.label,
            isStrong: row.isOurs,
            head: row.label,
            cells: [
              formatTenths(row.hit_rate),
              <span key="thirds" className="whitespace-nowrap">
                {row.by_width.map((third) => formatShare(third.hit_rate)).join(" / ") || MISSING}
              </span>,
              formatTenths(row.mean_over_price),
              <Bid key="equal" share={row.at_our_hit_rate} isHighest={row.isHighest} />,
              <Bid key="equals" share={row.at_our_hit_rates} isHighest={row.isHighestInThirds} />,
            ],
          }))}
        />
      )}
      {rows[0] && (
        <p className="mt-2 text-sm text-faint">
          On the {formatInteger(rows[0].windows)} windows in which all of them bid. At our hit rate:
          one factor on every bid makes a rule right as often as ours; higher wins more leads. In
          each third: a factor for calm, for middling and for restless prices, so that a rule cannot
          bid high where it is often wrong and make up for it where prices hardly move.
        </p>
      )}
    </Section>
  );
}

/** Max cost at other confidences: stated, and met. */
function Stated({ points }: { points: readonly StatedBids[] }) {
  return (
    <ChartAndTables
      label="Max cost: how often the targets were met against the stated confidence"
      across="stated confidence"
      up="targets met"
      curves={[{ label: "Ours", points, tone: "stroke-accent" }]}
    >
      <FigureTable
        label="Max cost at other confidences"
        heads={["Stated", "Met", "Bid / price", "Bids"]}
        rows={points.map((point) => ({
          key: String(point.forecast),
          head: formatShare(point.forecast),
          cells: [
            <b key="met" className="font-medium">
              {formatUncertain(point.observed, point.standard_error)}
            </b>,
            formatTenths(point.mean_over_price),
            formatInteger(point.windows),
          ],
        }))}
      />
    </ChartAndTables>
  );
}

function Bid({ share, isHighest }: { share: number | null; isHighest: boolean }) {
  return (
    <span className="inline-flex items-center justify-end gap-1">
      {isHighest && (
        <>
          <Icon name="check" size={14} className="text-pass" />
          <span className="sr-only">the highest: </span>
        </>
      )}
      {formatTenths(share)}
    </span>
  );
}
