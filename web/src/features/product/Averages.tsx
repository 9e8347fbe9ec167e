import type { AverageWindow, MarketView } from "@/api/types";
import { Section } from "@/components/Section";
import { formatInteger, formatMoment, formatMoney, formatRank, MISSING } from "@/lib/format";

const WINDOWS: readonly AverageWindow[] = ["30", "90", "180", "365"];

type Format = (value: number | null | undefined, currency: string) => string;

const ROWS: readonly { kind: string; label: string; format: Format }[] = [
  { kind: "buy_box", label: "Buy Box", format: formatMoney },
  { kind: "amazon", label: "Amazon", format: formatMoney },
  { kind: "new", label: "New", format: formatMoney },
  { kind: "new_fba", label: "New FBA", format: formatMoney },
  { kind: "new_fbm", label: "New FBM", format: formatMoney },
  { kind: "used", label: "Used", format: formatMoney },
  { kind: "buy_box_used", label: "Used Box", format: formatMoney },
  { kind: "sales_rank", label: "Rank", format: formatRank },
  { kind: "count_new", label: "New offers", format: formatInteger },
  { kind: "count_used", label: "Used offers", format: formatInteger },
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
            {rows.map(({ kind, label, format }) => {
              const now = market.now[kind];
              return (
                <tr key={kind} className="border-t border-line text-sm">
                  <th scope="row" className="text-left font-normal whitespace-nowrap text-muted">
                    {label}
                  </th>
                  <td
                    className="font-medium"
                    title={now?.observed_at ? `Since ${formatMoment(now.observed_at)}` : undefined}
                  >
                    {now?.value == null ? MISSING : short(format(now.value, currency))}
                  </td>
                  {WINDOWS.map((window) => {
                    const value = market.averages[kind]?.[window];
                    return (
                      <td key={window} className="text-xs text-muted">
                        {value == null ? MISSING : short(format(Math.round(value), currency))}
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

/** Five columns fit beside each other: amounts from a thousand on go without their cents. */
function short(text: string): string {
  return text.replace(/(,\d{3})\.\d{2}$/, "$1");
}
