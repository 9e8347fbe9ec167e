import uPlot from "uplot";
import type { SeriesPoints } from "@/api/types";
import { logTicks, timeLabels } from "./axes";
import { type PaneSpec, tokenColor, withAlpha } from "./lines";
import { drawSteps, extent } from "./steps";

/** What a pane shows at the moment; read whenever it draws. */
export interface PaneView {
  series: Record<string, SeriesPoints>;
  hidden: ReadonlySet<string>;
  from: number;
  to: number;
  /** Until when the last values are known to hold. */
  until: number;
  currency: string;
  /** Values that the axis must reach besides the lines. */
  reach: readonly number[];
  /** Draws what lies above the lines. */
  overlay: ((plot: uPlot) => void) | null;
}

export interface PaneEvents {
  onCursor: (time: number | null) => void;
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

const AXIS_WIDTH = 60;
const TIME_AXIS_HEIGHT = 26;
const SYNC_KEY = "history";

/** Builds one pane. uPlot keeps axes, cursor and zoom; the lines are drawn by `drawSteps`. */
export function createPane(
  host: HTMLElement,
  spec: PaneSpec,
  view: () => PaneView,
  events: PaneEvents,
  width: number,
  hasTimeAxis: boolean,
): uPlot {
  const muted = tokenColor("--faint");
  const grid = { stroke: tokenColor("--line"), width: 1 };
  const font = "11px Inter, system-ui, sans-serif";
  const axis = { stroke: muted, font, grid, ticks: { show: false } };
  const options: uPlot.Options = {
    width,
    height: spec.height + (hasTimeAxis ? TIME_AXIS_HEIGHT : 0),
    padding: [6, 16, hasTimeAxis ? 0 : 6, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      sync: { key: SYNC_KEY, scales: ["x", null] },
      bind: {
        dblclick: () => () => {
          events.onReset();
          return null;
        },
      },
    },
    scales: {
      x: { time: true, range: () => [view().from, view().to] },
      y: { distr: spec.isLog ? 3 : 1, range: () => valueRange(spec, view()) },
    },
    axes: [
      hasTimeAxis
        ? {
            ...axis,
            size: TIME_AXIS_HEIGHT,
            gap: 6,
            space: 64,
            values: (_plot, splits, _axis, _space, increment) => timeLabels(splits, increment),
          }
        : { ...axis, size: 0, values: (_plot, splits) => splits.map(() => "") },
      {
        ...axis,
        size: AXIS_WIDTH,
        gap: 8,
        space: 28,
        values: (_plot, splits) => splits.map((value) => axisLabel(spec, value, view().currency)),
        ...(spec.isLog
          ? {
              splits: (_plot, _axis, low, high) => logTicks(low, high),
              filter: (_plot, splits) => splits,
            }
          : {}),
      },
    ],
    series: [
      {},
      ...spec.lines.map((line): uPlot.Series => {
        const color = tokenColor(line.color);
        return {
          scale: "y",
          stroke: color,
          width: line.width,
          points: { show: false },
          ...(line.isFilled ? { fill: withAlpha(color, 0.14) } : {}),
          paths: (plot) => linePaths(plot, line.kind, line.isFilled ?? false, view()),
        };
      }),
    ],
    hooks: {
      draw: [(plot) => view().overlay?.(plot)],
      setCursor: [
        (plot) => {
          const left = plot.cursor.left ?? -1;
          events.onCursor(left < 0 ? null : plot.posToVal(left, "x"));
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < 4) return;
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          events.onZoom(plot.posToVal(left, "x"), plot.posToVal(left + selected, "x"));
        },
      ],
    },
  };
  return new uPlot(options, paneData(spec, view()), host);
}

/** uPlot wants aligned columns; ours only span the time in sight, since the lines draw themselves. */
export function paneData(spec: PaneSpec, view: PaneView): uPlot.AlignedData {
  const column = [1, 1];
  return [[view.from, view.to], ...spec.lines.map(() => column)];
}

export function paneHeight(spec: PaneSpec, hasTimeAxis: boolean): number {
  return spec.height + (hasTimeAxis ? TIME_AXIS_HEIGHT : 0);
}

function axisLabel(spec: PaneSpec, value: number, currency: string): string {
  const text = spec.format(value, currency);
  return spec.id === "price" ? text.replace(/\.00$/, "") : text;
}

function linePaths(
  plot: uPlot,
  kind: string,
  isFilled: boolean,
  view: PaneView,
): uPlot.Series.Paths | null {
  const points = view.series[kind];
  if (!points || view.hidden.has(kind)) return null;
  const stroke = new Path2D();
  const fill = isFilled ? new Path2D() : null;
  drawSteps(
    points,
    view,
    (time) => plot.valToPos(time, "x", true),
    (value) => plot.valToPos(value, "y", true),
    stroke,
    fill && { pen: fill, bottom: plot.bbox.top + plot.bbox.height },
  );
  return { stroke, fill, flags: 0 };
}

function valueRange(spec: PaneSpec, view: PaneView): [number, number] {
  const values = [...view.reach];
  for (const { kind } of spec.lines) {
    const points = view.hidden.has(kind) ? undefined : view.series[kind];
    const reach = points && extent(points, view.from, Math.min(view.to, view.until));
    if (reach) values.push(...reach);
  }
  if (values.length === 0) return spec.isLog ? [1, 10] : [0, 1];
  const least = Math.min(...values);
  const greatest = Math.max(...values);
  if (spec.isLog) return [Math.max(1, least) / 1.3, Math.max(2, greatest) * 1.3];
  if (spec.id === "count") return [0, Math.max(4, greatest * 1.1)];
  const margin = Math.max((greatest - least) * 0.08, greatest * 0.02, 1);
  return [Math.max(0, least - margin), greatest + margin];
}
