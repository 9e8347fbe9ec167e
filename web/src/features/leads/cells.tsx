import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { DecisionRow } from "@/api/types";
import { Icon } from "@/components/Icon";
import { IntervalBar } from "@/components/IntervalBar";
import { Missing } from "@/components/Missing";
import { RISK_LOOK, TONE_TEXT } from "@/components/tones";
import { cx } from "@/lib/cx";
import { formatMoney, formatShare, formatSignedMoney, plural } from "@/lib/format";
import { priceInterval } from "@/lib/interval";
import { whyMissing } from "@/lib/missing";
import { productLink } from "./productLink";

interface CellProps {
  row: DecisionRow;
}

/** A figure with a smaller one below it; the dash with its reason where it is missing. */
export function Figure(props: {
  row: DecisionRow;
  field: string;
  value: ReactNode;
  below?: ReactNode;
  className?: string;
}) {
  if (props.value === null) return <Missing why={whyMissing(props.row, props.field)} />;
  return (
    <>
      <div className={cx("truncate", props.className)}>{props.value}</div>
      {props.below && <div className="truncate text-xs text-faint">{props.below}</div>}
    </>
  );
}

export function ProductCell({ row }: CellProps) {
  const link = productLink(row);
  const given = /^https?:/i.test(row.identifier) ? "link" : row.identifier;
  const code = row.asin && row.asin !== row.identifier ? `${row.asin} · ${given}` : row.identifier;
  if (!link) {
    return (
      <>
        <div className="flex items-center gap-1 truncate text-unsure" title={row.error?.message}>
          <Icon name="alert" size={12} className="shrink-0" />
          <span className="truncate">{row.error?.message ?? "No product found"}</span>
        </div>
        <div className="truncate text-xs text-faint">{row.identifier || "empty"}</div>
      </>
    );
  }
  return (
    <>
      <Link
        {...link}
        className="prose-figures block truncate font-medium hover:text-accent hover:underline"
        title={row.title ?? undefined}
      >
        {row.title ?? row.asin}
      </Link>
      <div className="truncate text-xs text-faint">{code}</div>
    </>
  );
}

export function ResaleCell({ row }: CellProps) {
  if (!row.resale || !row.currency) return <Missing why={whyMissing(row, "resale")} />;
  const { p10, p50, p90 } = row.resale;
  const money = (minor: number) => formatMoney(minor, row.currency ?? "USD");
  const shape = priceInterval(row.resale, row.breakeven_price);
  const breakeven = row.breakeven_price === null ? "" : `; breakeven ${money(row.breakeven_price)}`;
  const label = `Resale ${money(p10)} to ${money(p90)}, middle ${money(p50)}${breakeven}`;
  return (
    <div className="flex items-center gap-2">
      <span className="w-14 shrink-0 text-right">{money(p50)}</span>
      <span className="min-w-0 flex-1">{shape && <IntervalBar shape={shape} label={label} />}</span>
    </div>
  );
}

export function ProfitCell({ row }: CellProps) {
  const currency = row.currency ?? "USD";
  const profit = row.profit;
  return (
    <Figure
      row={row}
      field="profit"
      value={profit && formatSignedMoney(profit.p50, currency)}
      below={
        profit && `${formatMoney(profit.p10, currency)} … ${formatMoney(profit.p90, currency)}`
      }
      className={cx(
        "font-medium",
        profit && profit.p50 < 0 && "text-fail",
        profit && profit.p50 > 0 && "text-pass",
      )}
    />
  );
}

export function AmazonCell({ row }: CellProps) {
  const { in_stock: isInStock = null, share_90: share = null } = row.amazon ?? {};
  if (isInStock === null && share === null) return <Missing why={whyMissing(row, "amazon")} />;
  return (
    <>
      <div className={isInStock ? "text-warn" : "text-muted"}>
        {isInStock === null ? "—" : isInStock ? "Sells" : "Out"}
      </div>
      {share !== null && (
        <div className="text-xs text-faint" title="Share of the last 90 days with Amazon in stock">
          {formatShare(share)}
        </div>
      )}
    </>
  );
}

/** The two gravest kinds of marks; the row's reasons show them all. */
export function RisksCell({ row }: CellProps) {
  if (!row.risks || row.error) return <Missing why={whyMissing(row, "risks")} />;
  const marks = (["blocker", "warning", "unknown"] as const)
    .map((status) => ({ status, risks: row.risks?.filter((risk) => risk.status === status) ?? [] }))
    .filter(({ risks }) => risks.length > 0)
    .slice(0, 2);
  if (marks.length === 0) return <span className="text-faint">None</span>;
  return (
    <span className="flex items-center gap-2">
      {marks.map(({ status, risks }) => (
        <span
          key={status}
          title={risks.map((risk) => risk.text).join("\n")}
          className={cx("flex items-center gap-0.5", TONE_TEXT[RISK_LOOK[status].tone])}
        >
          <Icon name={RISK_LOOK[status].icon} size={12} strokeWidth={2} />
          {risks.length}
          <span className="sr-only">{plural(risks.length, RISK_LOOK[status].label)}</span>
        </span>
      ))}
    </span>
  );
}
