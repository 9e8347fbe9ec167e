import type { SeriesView } from "@/api/types";
import { PANES } from "./lines";
import { hasValues, tableTimes, valueAt } from "./steps";

const dates = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });

interface Props {
  view: SeriesView;
  currency: string;
  from: number;
  until: number;
}

/** The same history as a table: what each series held at regular times, newest first. */
export function SeriesTable({ view, currency, from, until }: Props) {
  const lines = PANES.flatMap((pane) =>
    pane.lines
      .filter((line) => hasValues(view.series[line.kind]))
      .map((line) => ({ ...line, format: pane.format, isCount: pane.id === "count" })),
  );
  return (
    <div className="max-h-120 overflow-auto">
      <table className="w-full min-w-[560px] text-right">
        <thead className="sticky top-0 bg-page">
          <tr className="text-xs text-muted [&_th]:py-1 [&_th]:pl-4 [&_th]:font-medium">
            <th scope="col" className="pl-0! text-left">
              Date
            </th>
            {lines.map((line) => (
              <th key={line.kind} scope="col">
                {line.isCount ? `${line.label} offers` : line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tableTimes(from, until).map((time) => (
            <tr key={time} className="border-t border-line [&_td]:py-0.5 [&_td]:pl-4">
              <th scope="row" className="text-left font-normal whitespace-nowrap text-muted">
                {dates.format(time * 1_000)}
              </th>
              {lines.map((line) => {
                const points = view.series[line.kind];
                return (
                  <td key={line.kind}>
                    {points ? line.format(valueAt(points, time, until), currency) : "—"}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
