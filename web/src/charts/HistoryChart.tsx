import { useEffect, useMemo, useRef, useState } from "react";
import type { SeriesView } from "@/api/types";
import { formatMoment } from "@/lib/format";
import { useIsDark } from "@/lib/theme";
import { drawAhead } from "./forecast";
import { Legend } from "./Legend";
import { PANES, type PaneSpec } from "./lines";
import { Pane } from "./Pane";
import type { PaneView } from "./pane";
import { SeriesTable } from "./SeriesTable";
import { hasValues } from "./steps";

const DAY = 86_400;
/** Share of the history's width that the time ahead may take. */
const AHEAD_SHARE = 0.45;

interface Props {
  view: SeriesView;
  currency: string;
  /** Days of history; null for all of it. */
  days: number | null;
  /** The price that the forecast starts from. */
  origin: number | null;
  isTable: boolean;
}

/** Prices, rank and offer counts over time, with what is forecast drawn ahead. */
export function HistoryChart({ view, currency, days, origin, isTable }: Props) {
  const isDark = useIsDark();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [zoom, setZoom] = useState<{ from: number; to: number } | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [host, width] = useWidth();

  const until = Date.parse(view.observed_at) / 1_000;
  const stretch = useMemo(() => stretchOf(view, until, days), [view, until, days]);
  const { from, to } = zoom ?? stretch;

  // A new range, product or table starts from its whole stretch again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stretch is what resets the zoom
  useEffect(() => setZoom(null), [stretch]);

  const base = useMemo(
    () => ({ series: view.series, hidden, from, to, until, currency }),
    [view.series, hidden, from, to, until, currency],
  );
  const priceView = useMemo((): PaneView => {
    const { forecast, max_cost: maxCost } = view;
    const isAheadInSight = to > until;
    const reach = [forecast?.p10, forecast?.p90].filter((value) => value != null);
    // A max cost far below every price would flatten them; it is then only named at the bottom.
    if (maxCost !== null && maxCost > 0.5 * (forecast?.p10 ?? 0)) reach.push(maxCost);
    return {
      ...base,
      reach: isAheadInSight ? reach : [],
      overlay: (plot) => drawAhead(plot, { until, origin, forecast, maxCost, currency }),
    };
  }, [base, view, to, until, origin, currency]);
  const plainView = useMemo((): PaneView => ({ ...base, reach: [], overlay: null }), [base]);

  const panes = PANES.filter((pane) =>
    pane.lines.some((line) => hasValues(view.series[line.kind])),
  );
  const toggle = (kind: string) =>
    setHidden((before) => {
      const after = new Set(before);
      if (!after.delete(kind)) after.add(kind);
      return after;
    });
  const events = (spec: PaneSpec) => ({
    // The panes' cursors are tied together; the first one speaks for all.
    onCursor: spec === panes[0] ? setCursor : () => undefined,
    onZoom: (start: number, end: number) => setZoom({ from: start, to: end }),
    onReset: () => setZoom(null),
  });

  if (isTable) {
    return <SeriesTable view={view} currency={currency} from={from} until={Math.min(to, until)} />;
  }
  return (
    <figure
      ref={host}
      aria-label="History of prices, sales rank and offers. A table shows the same."
    >
      {width > 0 &&
        panes.map((spec, index) => (
          <div key={spec.id}>
            <Legend
              spec={spec}
              series={view.series}
              hidden={hidden}
              onToggle={toggle}
              time={cursor === null ? until : Math.min(cursor, until)}
              until={until}
              currency={currency}
              forecast={spec.id === "price" ? view.forecast : null}
            />
            <Pane
              spec={spec}
              view={spec.id === "price" ? priceView : plainView}
              events={events(spec)}
              width={width}
              isDark={isDark}
              hasTimeAxis={index === panes.length - 1}
            />
          </div>
        ))}
      <figcaption className="mt-1 flex justify-between text-xs text-faint">
        <span>
          {cursor === null
            ? "Drag to zoom, double-click to zoom out"
            : formatMoment(new Date(cursor * 1_000).toISOString())}
        </span>
        {zoom && (
          <button
            type="button"
            className="text-accent hover:underline"
            onClick={() => setZoom(null)}
          >
            Zoom out
          </button>
        )}
      </figcaption>
    </figure>
  );
}

/** From when to when a range shows, the time ahead included. */
function stretchOf(view: SeriesView, until: number, days: number | null) {
  const first = Math.min(
    ...Object.values(view.series).map((points) => points.t[0] ?? until),
    until,
  );
  const from = days === null ? Math.min(first, until - 30 * DAY) : until - days * DAY;
  const end = view.forecast ? Date.parse(view.forecast.end) / 1_000 : until;
  return { from, to: Math.min(Math.max(end, until), until + (until - from) * AHEAD_SHARE) };
}

/** The width of an element, kept current. */
function useWidth() {
  const element = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
}
