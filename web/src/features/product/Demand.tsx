import type { ReactNode } from "react";
import type { DecisionRecord } from "@/api/types";
import { Section } from "@/components/Section";
import { formatProbability, formatRank, formatRate } from "@/lib/format";
import { OpenFigure } from "./OpenFigure";

/** How often it sells, our part of that, and the chance to sell in time. */
export function Demand({ record }: { record: DecisionRecord }) {
  const { sales_per_month: sales, sell_through: soldBy, share } = record;
  return (
    <Section title="Demand">
      <dl className="[&_dd]:text-right [&_dt]:text-muted">
        <Row name="Sales rank">
          <OpenFigure record={record} figure="sales_rank">
            {record.sales_rank === null ? null : formatRank(record.sales_rank)}
          </OpenFigure>
        </Row>
        <Row name="Sales / month">
          <OpenFigure record={record} figure="sales_per_month">
            {sales?.p50 == null
              ? null
              : `${formatRate(sales.p50)} (${formatRate(sales.p10)} … ${formatRate(sales.p90)})`}
          </OpenFigure>
        </Row>
        <Row name="Your part of them">
          <OpenFigure record={record} figure="share">
            {share?.p50 == null ? null : formatProbability(share.p50)}
          </OpenFigure>
        </Row>
        {["30", "60", "90"].map((days) => (
          <Row key={days} name={`Sold within ${days} days`}>
            <OpenFigure record={record} figure="sell_through">
              {soldBy?.[days] == null ? null : formatProbability(soldBy[days])}
            </OpenFigure>
          </Row>
        ))}
      </dl>
    </Section>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-4 py-0.5">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
