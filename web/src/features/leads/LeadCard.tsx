import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { DecisionRow } from "@/api/types";
import { Age } from "@/components/Age";
import { Icon } from "@/components/Icon";
import { VerdictBadge } from "@/components/Verdict";
import { cx } from "@/lib/cx";
import {
  formatDays,
  formatMoney,
  formatProbability,
  formatRatio,
  formatSignedMoney,
  formatWithin,
  MISSING,
} from "@/lib/format";
import { LeadDetail } from "./LeadDetail";
import { productLink } from "./productLink";

interface Props {
  row: DecisionRow;
  isOpen: boolean;
  onToggle: (id: number) => void;
}

/** One decision for a narrow screen: what decides in a shop, the rest on demand. */
export function LeadCard({ row, isOpen, onToggle }: Props) {
  const link = productLink(row);
  const currency = row.currency ?? "USD";
  const title = row.title ?? row.error?.message ?? row.identifier;
  return (
    <article className="border-b border-line px-3 py-2.5">
      <div className="flex items-center gap-2">
        <VerdictBadge verdict={row.verdict} />
        <span className="min-w-0 flex-1 truncate text-xs text-faint">
          {row.asin ?? row.identifier}
        </span>
        <span className="text-xs text-faint">
          <Age at={row.observed_at ?? row.as_of} />
        </span>
        <button
          type="button"
          aria-expanded={isOpen}
          aria-label={isOpen ? "Hide the reasons" : "Show the reasons"}
          onClick={() => onToggle(row.id)}
          className="-my-2 -mr-2 grid size-10 place-items-center text-muted"
        >
          <Icon name="chevronDown" size={14} className={cx(isOpen && "rotate-180")} />
        </button>
      </div>
      {link ? (
        <Link {...link} className="mt-0.5 line-clamp-2 text-md font-medium">
          {title}
        </Link>
      ) : (
        <p className="mt-0.5 text-md text-muted">{title}</p>
      )}
      {!row.error && (
        <dl className="mt-2 grid grid-cols-4 gap-2">
          <Item name="Max cost" below={`cost ${formatMoney(row.unit_cost, currency)}`}>
            <b className="font-semibold">{formatMoney(row.max_cost, currency)}</b>
          </Item>
          <Item name="Profit" below={row.roi === null ? null : `ROI ${formatRatio(row.roi)}`}>
            {row.profit ? formatSignedMoney(row.profit.p50, currency) : MISSING}
          </Item>
          <Item name="P(profit)">{formatProbability(row.probability_of_profit)}</Item>
          <Item name="Sells in" below={formatWithin(row.days_to_sell?.p90)}>
            {formatDays(row.days_to_sell?.p50)}
          </Item>
        </dl>
      )}
      {isOpen && (
        <div className="-mx-3 mt-2 border-t border-line bg-sunken">
          <LeadDetail row={row} />
        </div>
      )}
    </article>
  );
}

function Item({
  name,
  children,
  below,
}: {
  name: string;
  children: ReactNode;
  below?: string | null;
}) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-faint">{name}</dt>
      <dd className="truncate text-md">{children}</dd>
      {below && <dd className="truncate text-xs text-faint">{below}</dd>}
    </div>
  );
}
