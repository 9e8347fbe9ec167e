import { Link } from "@tanstack/react-router";
import type { DecisionRow } from "@/api/types";
import { Age } from "@/components/Age";
import { Section } from "@/components/Section";
import { VerdictBadge } from "@/components/Verdict";
import { productLink } from "@/features/leads/productLink";
import { formatMoney, formatSignedMoney, MISSING, words } from "@/lib/format";

/** Decisions of this product from earlier runs; pressing one takes over its terms. */
export function OtherLeads({ rows }: { rows: DecisionRow[] }) {
  if (rows.length === 0) return null;
  return (
    <Section title="Leads of this product">
      <ul>
        {rows.map((row) => {
          const link = productLink(row);
          const currency = row.currency ?? "USD";
          return (
            link && (
              <li key={row.id} className="border-t border-line first:border-t-0">
                <Link
                  {...link}
                  className="-mx-2 grid grid-cols-[5.5rem_minmax(0,1fr)_auto] items-center gap-x-4 rounded-sm px-2 py-1.5 hover:bg-hover sm:grid-cols-[5.5rem_minmax(0,1fr)_7rem_8rem_auto]"
                >
                  <span>
                    <VerdictBadge verdict={row.verdict} />
                  </span>
                  <span className="truncate text-muted">
                    {row.condition && words(row.condition)}
                  </span>
                  <span>
                    <span className="text-muted">cost </span>
                    {formatMoney(row.unit_cost, currency)}
                  </span>
                  <span className="hidden sm:inline">
                    <span className="text-muted">profit </span>
                    {row.profit ? formatSignedMoney(row.profit.p50, currency) : MISSING}
                  </span>
                  <span className="hidden text-right text-faint sm:inline">
                    <Age at={row.decided_at} isLong />
                  </span>
                </Link>
              </li>
            )
          );
        })}
      </ul>
    </Section>
  );
}
