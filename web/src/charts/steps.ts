import type { SeriesPoints } from "@/api/types";

/** Index of the last point at or before a time; -1 where the series starts later. */
export function indexAt(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** True where a series ever held a known value. */
export function hasValues(points: SeriesPoints | undefined): points is SeriesPoints {
  return points?.v.some((value) => value !== null) ?? false;
}

/** What a series held at a time; null before its start, after `until`, and where it was not known. */
export function valueAt(points: SeriesPoints, time: number, until: number): number | null {
  if (time > until) return null;
  const index = indexAt(points.t, time);
  return index < 0 ? null : (points.v[index] ?? null);
}

/** Least and greatest value that a series held between two times; null where it held none. */
export function extent(
  points: SeriesPoints,
  from: number,
  to: number,
): readonly [least: number, greatest: number] | null {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let index = Math.max(0, indexAt(points.t, from)); index < points.t.length; index++) {
    if ((points.t[index] ?? 0) > to) break;
    const value = points.v[index];
    if (value === null || value === undefined) continue;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return least <= greatest ? [least, greatest] : null;
}

/** Draws a line on something like a Path2D. */
export interface Pen {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  rect(x: number, y: number, width: number, height: number): void;
}

interface Stretch {
  from: number;
  to: number;
  until: number;
}

/**
 * Draws a series as steps: each value holds until the next one, the last one until `until`, and an
 * unknown value leaves a gap. Points that fall on the pixel column of the one before draw only when
 * they reach further up or down, so the work is bounded by the width, not by the number of points.
 */
export function drawSteps(
  points: SeriesPoints,
  stretch: Stretch,
  xOf: (time: number) => number,
  yOf: (value: number) => number,
  stroke: Pen,
  fill: { pen: Pen; bottom: number } | null,
): void {
  const end = Math.min(stretch.to, stretch.until);
  const line = new ColumnPen(stroke);
  for (let index = Math.max(0, indexAt(points.t, stretch.from)); index < points.t.length; index++) {
    const time = points.t[index] ?? 0;
    if (time > end) break;
    const x = Math.round(xOf(Math.max(time, stretch.from)));
    const value = points.v[index] ?? null;
    if (value === null) {
      line.lift(x);
      continue;
    }
    const y = yOf(value);
    line.step(x, y);
    const nextX = Math.round(xOf(Math.min(points.t[index + 1] ?? end, end)));
    if (fill && nextX > x) fill.pen.rect(x, y, nextX - x, fill.bottom - y);
  }
  line.lift(Math.round(xOf(end)));
}

/** A pen for steps that leaves out what would fall on pixels that it has already drawn. */
class ColumnPen {
  private isDown = false;
  private x = 0;
  /** Where the step stands, and where the pen was left in this pixel column. */
  private y = 0;
  private penY = 0;
  private top = 0;
  private bottom = 0;

  constructor(private readonly stroke: Pen) {}

  /** The value changes to `y` at `x`. */
  step(x: number, y: number): void {
    if (!this.isDown) {
      this.stroke.moveTo(x, y);
      this.isDown = true;
      this.enter(x, y);
    } else {
      this.advance(x);
      if (y < this.top || y > this.bottom) this.draw(x, y);
    }
    this.y = y;
  }

  /** The value ends at `x`. */
  lift(x: number): void {
    if (this.isDown) this.advance(x);
    this.isDown = false;
  }

  private advance(x: number): void {
    if (x === this.x) return;
    if (this.penY !== this.y) this.stroke.lineTo(this.x, this.y);
    this.stroke.lineTo(x, this.y);
    this.enter(x, this.y);
  }

  private draw(x: number, y: number): void {
    this.stroke.lineTo(x, y);
    this.top = Math.min(this.top, y);
    this.bottom = Math.max(this.bottom, y);
    this.penY = y;
  }

  private enter(x: number, y: number): void {
    this.x = x;
    this.top = y;
    this.bottom = y;
    this.penY = y;
  }
}

const DAY = 86_400;

/** Days between the rows of the table behind a chart of so many days. */
export function tableStep(days: number): number {
  if (days <= 31) return 1;
  if (days <= 100) return 7;
  if (days <= 400) return 30;
  return 91;
}

/** Times at which the table behind a chart reads the series, newest first. */
export function tableTimes(from: number, until: number): number[] {
  const step = tableStep((until - from) / DAY) * DAY;
  const times: number[] = [];
  for (let time = until; time >= from; time -= step) times.push(time);
  return times;
}
