import type uPlot from "uplot";
import type { Forecast } from "@/api/types";
import { formatMoney } from "@/lib/format";
import { tokenColor, withAlpha } from "./lines";

interface Ahead {
  /** Unix seconds of the newest observation: the forecast opens here. */
  until: number;
  /** The price that is forecast, as it is now. */
  origin: number | null;
  forecast: Forecast | null;
  maxCost: number | null;
  currency: string;
}

/** Draws what lies ahead: the forecast's fan, its middle, and the line of the max cost. */
export function drawAhead(plot: uPlot, ahead: Ahead): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const x = (time: number) => plot.valToPos(time, "x", true);
  const y = (value: number) => plot.valToPos(value, "y", true);
  if (x(ahead.until) < bbox.left + bbox.width) {
    drawNow(plot, x(ahead.until));
    if (ahead.forecast) drawFan(ctx, ahead, ahead.forecast, x, y);
    if (ahead.maxCost !== null) drawMaxCost(plot, ahead, ahead.maxCost, x, y);
  }
  ctx.restore();
}

function drawNow({ ctx, bbox }: uPlot, at: number): void {
  ctx.strokeStyle = tokenColor("--line-strong");
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(at, bbox.top);
  ctx.lineTo(at, bbox.top + bbox.height);
  ctx.stroke();
}

type Scale = (value: number) => number;

function drawFan(
  ctx: CanvasRenderingContext2D,
  ahead: Ahead,
  forecast: Forecast,
  x: Scale,
  y: Scale,
): void {
  const accent = tokenColor("--accent");
  const from = Date.parse(forecast.start) / 1_000;
  const to = Date.parse(forecast.end) / 1_000;
  const start = ahead.origin === null ? null : { x: x(ahead.until), y: y(ahead.origin) };
  ctx.fillStyle = withAlpha(accent, 0.16);
  ctx.beginPath();
  if (start) ctx.moveTo(start.x, start.y);
  ctx.lineTo(x(from), y(forecast.p90));
  ctx.lineTo(x(to), y(forecast.p90));
  ctx.lineTo(x(to), y(forecast.p10));
  ctx.lineTo(x(from), y(forecast.p10));
  ctx.closePath();
  ctx.fill();
  ctx.strokeStyle = accent;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  if (start) ctx.moveTo(start.x, start.y);
  ctx.lineTo(x(from), y(forecast.p50));
  ctx.lineTo(x(to), y(forecast.p50));
  ctx.stroke();
}

/** A dashed line at the max cost; only its name, at the bottom, where that is off the axis. */
function drawMaxCost(plot: uPlot, ahead: Ahead, maxCost: number, x: Scale, y: Scale): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  const bottom = bbox.top + bbox.height;
  const height = y(maxCost);
  const isBelow = height > bottom;
  ctx.strokeStyle = tokenColor("--ink");
  ctx.lineWidth = 1.25 * devicePixelRatio;
  if (!isBelow) {
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x(ahead.until), height);
    ctx.lineTo(right, height);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  ctx.fillStyle = tokenColor("--ink");
  ctx.font = `600 ${11 * devicePixelRatio}px Inter, system-ui, sans-serif`;
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  const label = `max cost ${formatMoney(maxCost, ahead.currency)}${isBelow ? " ↓" : ""}`;
  ctx.fillText(
    label,
    right - 4 * devicePixelRatio,
    Math.min(height, bottom) - 3 * devicePixelRatio,
  );
}
