import type { ReactNode } from "react";
import type { DecisionRecord } from "@/api/types";
import { IntervalBar } from "@/components/IntervalBar";
import { VerdictBadge } from "@/components/Verdict";
import { cx } from "@/lib/cx";
import {
  formatDays,
  formatMoney,
  formatProbability,
  formatRatio,
  formatShare,
  formatSignedMoney,
} from "@/lib/format";
import { amountInterval } from "@/lib/interval";
import { OpenFigure } from "./OpenFigure";
import { verdictSentence } from "./sentence";

/** The answer: verdict, the most to pay, and how sure, how much, how fast. */
export function VerdictCard({ record }: { record: DecisionRecord }) {
  const { currency, profit, roi, days_to_sell: days } = record;
  const money = (minor: number | null) => (minor === null ? null : formatMoney(minor, currency));
  const probability = (value: number | null) => (value === null ? null : formatProbability(value));
  return (
    <section aria-label="Decision" className="pb-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <VerdictBadge verdict={record.verdict} isLarge />
        <p className="min-w-60 flex-1 text-muted">{verdictSentence(record)}</p>
        <dl className="flex gap-x-4 text-muted">
          <Small name="Score">
            <OpenFigure record={record} figure="score">
              {record.score === null ? null : Math.round(record.score)}
            </OpenFigure>
          </Small>
          <Small name="Data quality">
            <OpenFigure record={record} figure="data_quality">
              {record.data_quality === null ? null : formatShare(record.data_quality)}
            </OpenFigure>
          </Small>
        </dl>
      </div>
      <div className="mt-4 grid grid-cols-2 gap-x-6 gap-y-4 tabular sm:grid-cols-[minmax(9.5rem,auto)_repeat(4,minmax(0,1fr))] sm:gap-x-4">
        <div className="col-span-2 sm:col-span-1">
          <p className="heading">Max cost</p>
          <div className="text-3xl font-semibold tracking-tight">
            <OpenFigure record={record} figure="max_cost">
              {money(record.max_cost)}
            </OpenFigure>
          </div>
          <p className="mt-0.5 text-sm text-muted">{costLine(record)}</p>
        </div>
        <dl className="contents">
          <Stat
            name="Profit"
            below={
              profit && (
                <span className="block max-w-36 text-xs whitespace-nowrap">
                  <IntervalBar
                    shape={amountInterval(profit)}
                    label={`10-90 %: ${formatMoney(profit.p10, currency)} to ${formatMoney(profit.p90, currency)}`}
                  />
                  {formatMoney(profit.p10, currency)} … {formatMoney(profit.p90, currency)}
                </span>
              )
            }
          >
            <OpenFigure
              record={record}
              figure="profit"
              className={cx(profit && (profit.p50 < 0 ? "text-fail" : "text-pass"))}
            >
              {profit && formatSignedMoney(profit.p50, currency)}
            </OpenFigure>
          </Stat>
          <Stat name="P(profit)" below={targetLine(record)}>
            <OpenFigure record={record} figure="probability_of_profit">
              {probability(record.probability_of_profit)}
            </OpenFigure>
          </Stat>
          <Stat name="ROI" below={record.margin !== null && `margin ${formatRatio(record.margin)}`}>
            <OpenFigure record={record} figure="roi">
              {roi === null ? null : formatRatio(roi)}
            </OpenFigure>
          </Stat>
          <Stat
            name={record.quantity > 1 ? `Sells all ${record.quantity} in` : "Sells in"}
            below={days?.p90 != null && `90%: ≤ ${formatDays(days.p90)}`}
          >
            <OpenFigure record={record} figure="days_to_sell">
              {days?.p50 == null ? null : formatDays(days.p50)}
            </OpenFigure>
          </Stat>
        </dl>
      </div>
      <dl className="mt-4 flex flex-wrap gap-x-5 gap-y-1 border-t border-line pt-3 text-muted">
        <Small name="Resale">
          <OpenFigure record={record} figure="resale">
            {record.resale && `${money(record.resale.p10)} … ${money(record.resale.p90)}`}
          </OpenFigure>
        </Small>
        <Small name="Breakeven">
          <OpenFigure record={record} figure="breakeven_price">
            {money(record.breakeven_price)}
          </OpenFigure>
        </Small>
        <Small name="Expected">
          <OpenFigure record={record} figure="expected_profit">
            {money(record.expected_profit)}
          </OpenFigure>
        </Small>
        <Small name="Landed cost">
          <OpenFigure record={record} figure="landed_cost">
            {money(record.landed_cost)}
          </OpenFigure>
        </Small>
      </dl>
    </section>
  );
}

function costLine(record: DecisionRecord): string {
  if (record.unit_cost === null) return "Enter a cost to see the profit";
  const cost = formatMoney(record.unit_cost, record.currency);
  if (record.max_cost === null) return `Cost ${cost}`;
  const room = record.max_cost - record.unit_cost;
  return room >= 0
    ? `Cost ${cost}: ${formatMoney(room, record.currency)} below`
    : `Cost ${cost}: ${formatMoney(-room, record.currency)} over`;
}

function targetLine(record: DecisionRecord): string | false {
  return (
    record.probability_of_target !== null &&
    `${formatProbability(record.probability_of_target)} on target`
  );
}

function Stat({ name, children, below }: { name: string; children: ReactNode; below?: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="heading">{name}</dt>
      <dd className="text-xl font-semibold">{children}</dd>
      {below && <dd className="text-sm text-muted">{below}</dd>}
    </div>
  );
}

function Small({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt>{name}</dt>
      <dd className="font-medium text-ink">{children}</dd>
    </div>
  );
}
