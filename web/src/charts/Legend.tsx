import type { Forecast, SeriesPoints } from "@/api/types";
import { cx } from "@/lib/cx";
import { formatMoney } from "@/lib/format";
import type { PaneSpec } from "./lines";
import { hasValues, valueAt } from "./steps";

interface Props {
  spec: PaneSpec;
  series: Record<string, SeriesPoints>;
  hidden: ReadonlySet<string>;
  onToggle: (kind: string) => void;
  time: number;
  until: number;
  currency: string;
  forecast: Forecast | null;
}

/** A pane's lines with their values under the cursor; pressing one hides or shows it. */
export function Legend({ spec, series, hidden, onToggle, time, until, currency, forecast }: Props) {
  return (
    <div className="flex flex-wrap items-center gap-x-1 pl-[52px]">
      <span className="sr-only">{spec.title}</span>
      {spec.lines.map((line) => {
        const found = series[line.kind];
        const points = hasValues(found) ? found : undefined;
        const isHidden = hidden.has(line.kind);
        return (
          <button
            key={line.kind}
            type="button"
            disabled={!points}
            aria-pressed={!isHidden}
            title={points ? undefined : "No such data for this product"}
            onClick={() => onToggle(line.kind)}
            className={cx(
              "flex items-center gap-1.5 rounded-sm px-2 py-0.5 text-sm hover:bg-hover",
              (isHidden || !points) && "opacity-45",
            )}
          >
            <span className="h-0.5 w-3 rounded-full" style={{ background: `var(${line.color})` }} />
            <span className={cx("text-muted", isHidden && "line-through")}>{line.label}</span>
            <span className="min-w-8 text-left font-medium">
              {points ? spec.format(valueAt(points, time, until), currency) : "—"}
            </span>
          </button>
        );
      })}
      {forecast && (
        <span
          className="flex items-center gap-1.5 px-2 py-0.5 text-sm"
          title="10-90 % of the resale price ahead"
        >
          <span className="h-2.5 w-3 rounded-xs border-y border-accent bg-accent-soft" />
          <span className="text-muted">Forecast</span>
          <span className="font-medium">
            {formatMoney(forecast.p10, currency)} … {formatMoney(forecast.p90, currency)}
          </span>
        </span>
      )}
      {spec.id === "rank" && <span className="ml-auto pr-2 text-xs text-faint">{spec.title}</span>}
      {spec.id === "count" && <span className="ml-auto pr-2 text-xs text-faint">{spec.title}</span>}
    </div>
  );
}
