import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { DecisionRow } from "@/api/types";
import { buttonClass } from "@/components/Button";
import { StatusMark } from "@/components/StatusMark";
import { formatMoney, formatShare } from "@/lib/format";
import { productLink } from "./productLink";

/** What is behind a row: its reasons, its risks, and what would make it a buy. */
export function LeadDetail({ row }: { row: DecisionRow }) {
  const link = productLink(row);
  if (row.error) {
    return (
      <div className="px-4 py-3">
        <p>{row.error.message}</p>
        <p className="font-mono text-xs text-faint">{row.error.code}</p>
      </div>
    );
  }
  const risks = row.risks?.filter((risk) => risk.status !== "ok") ?? [];
  const currency = row.currency ?? "USD";
  return (
    <div className="grid gap-x-8 gap-y-4 px-4 py-3 md:grid-cols-[1.3fr_1fr_1fr]">
      <Column title="Reasons">
        {(row.reasons ?? []).map((reason) => (
          <Line key={`${reason.code}${reason.text}`} mark={<StatusMark status={reason.status} />}>
            {reason.text}
          </Line>
        ))}
      </Column>
      <Column title="Risks">
        {risks.map((risk) => (
          <Line key={`${risk.code}${risk.text}`} mark={<StatusMark status={risk.status} />}>
            {risk.text}
          </Line>
        ))}
        {risks.length === 0 && <li className="text-muted">No risk found.</li>}
      </Column>
      <div>
        {(row.counterfactual ?? []).length > 0 && (
          <Column title="What would make it a buy">
            {row.counterfactual?.map((item) => (
              <li key={`${item.change}${item.text}`}>{item.text}</li>
            ))}
          </Column>
        )}
        <dl className="mt-3 grid max-w-56 grid-cols-[1fr_auto] gap-x-4 text-muted first:mt-0 [&_dd]:text-right [&_dd]:text-ink">
          <dt>Landed cost</dt>
          <dd>{formatMoney(row.landed_cost, currency)}</dd>
          <dt>Breakeven price</dt>
          <dd>{formatMoney(row.breakeven_price, currency)}</dd>
          <dt>Data quality</dt>
          <dd>{formatShare(row.data_quality)}</dd>
        </dl>
        {link && (
          <Link {...link} className={`${buttonClass()} mt-3`}>
            Open product
          </Link>
        )}
      </div>
    </div>
  );
}

function Column({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <h2 className="heading mb-1">{title}</h2>
      <ul className="flex flex-col gap-0.5">{children}</ul>
    </div>
  );
}

function Line({ mark, children }: { mark: ReactNode; children: ReactNode }) {
  return (
    <li className="flex gap-1">
      <span className="shrink-0">{mark}</span>
      <span className="min-w-0">{children}</span>
    </li>
  );
}
