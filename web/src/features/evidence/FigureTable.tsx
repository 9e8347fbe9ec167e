import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

export interface FigureRow {
  key: string;
  head: ReactNode;
  cells: ReactNode[];
  isStrong?: boolean;
}

interface Props {
  label: string;
  heads: readonly string[];
  rows: readonly FigureRow[];
}

/** Figures in columns, under short heads; scrolls by itself where it does not fit. */
export function FigureTable({ label, heads, rows }: Props) {
  const [first, ...others] = heads;
  return (
    <section
      className="relative min-w-0 shrink-0 overflow-x-auto"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
      tabIndex={0}
      aria-label={`${label}, table`}
    >
      <table className="w-full text-right [&_td]:py-0.5 [&_td]:pl-3" aria-label={label}>
        <thead>
          <tr className="text-xs text-muted [&_th]:pb-1 [&_th]:pl-3 [&_th]:align-bottom [&_th]:font-medium">
            <th scope="col" className="pl-0! text-left">
              {first}
            </th>
            {others.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} className={cx("border-t border-line", row.isStrong && "font-medium")}>
              <th
                scope="row"
                className={cx(
                  "text-left whitespace-nowrap text-muted",
                  row.isStrong ? "font-medium text-ink" : "font-normal",
                )}
              >
                {row.head}
              </th>
              {row.cells.map((cell, place) => (
                <td key={heads[place + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
