import type { MarketView } from "@/api/types";
import { Section } from "@/components/Section";
import {
  formatInteger,
  formatMoment,
  formatMoney,
  formatRank,
  formatShortMoney,
  formatShortRank,
  MISSING,
} from "@/lib/format";

const WINDOWS = ["30", "90", "180", "365"] as const;

type Format = (value: number | null | undefined, currency: string) => string;

const MONEY = { format: formatMoney, short: formatShortMoney };
const RANK = { format: formatRank, short: formatShortRank };
const COUNT = { format: formatInteger, short: formatInteger };

const ROWS: readonly { kind: string; label: string; format: Format; short: Format }[] = [
  { kind: "buy_box", label: "Buy Box", ...MONEY },
  { kind: "amazon", label: "Amazon", ...MONEY },
  { kind: "new", label: "New", ...MONEY },
  { kind: "new_fba", label: "New FBA", ...MONEY },
  { kind: "new_fbm", label: "New FBM", ...MONEY },
  { kind: "used", label: "Used", ...MONEY },
  { kind: "buy_box_used", label: "Used Box", ...MONEY },
  { kind: "sales_rank", label: "Rank", ...RANK },
  { kind: "count_new", label: "New offers", ...COUNT },
  { kind: "count_used", label: "Used offers", ...COUNT },
];

/** Prices, rank and offers now and as time-weighted means. */
export function Averages({ market, currency }: { market: MarketView; currency: string }) {
  const rows = ROWS.filter(
    ({ kind }) =>
      market.now[kind]?.value != null ||
      WINDOWS.some((window) => market.averages[kind]?.[window] != null),
  );
  return (
    <Section title="Now and on average" aside="time-weighted">
      <div className="overflow-x-auto">
        <table className="w-full min-w-75 table-fixed text-right [&_td]:py-0.5 [&_td]:pl-1.5">
          <thead>
            <tr className="text-xs text-muted [&_th]:pb-1 [&_th]:pl-1.5 [&_th]:font-medium">
              <td className="w-19" />
              <th scope="col">Now</th>
              {WINDOWS.map((window) => (
                <th key={window} scope="col">
                  {window} d
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ kind, label, format, short }) => {
              const now = market.now[kind];
              return (
                <tr key={kind} className="border-t border-line text-sm">
                  <th scope="row" className="text-left font-normal whitespace-nowrap text-muted">
                    {label}
                  </th>
                  <td
                    className="font-medium"
                    title={
                      now?.observed_at
                        ? `${format(now.value, currency)} since ${formatMoment(now.observed_at)}`
                        : undefined
                    }
                  >
                    {now?.value == null ? MISSING : short(now.value, currency)}
                  </td>
                  {WINDOWS.map((window) => {
                    const value = market.averages[kind]?.[window];
                    return (
                      <td
                        key={window}
                        className="text-muted"
                        title={value == null ? undefined : format(Math.round(value), currency)}
                      >
                        {value == null ? MISSING : short(Math.round(value), currency)}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
