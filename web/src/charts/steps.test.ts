import { describe, expect, it } from "vitest";
import { drawSteps, extent, hasValues, indexAt, type Pen, tableTimes, valueAt } from "./steps";

const points = { t: [10, 20, 30, 40], v: [5, null, 7, 6] };

describe("valueAt", () => {
  it("holds a value until the next change", () => {
    expect([9, 10, 19, 20, 29, 35, 40, 50].map((time) => valueAt(points, time, 45))).toEqual([
      null,
      5,
      5,
      null,
      null,
      7,
      6,
      null,
    ]);
    expect(indexAt([], 5)).toBe(-1);
  });
});

describe("hasValues", () => {
  it("tells empty and unknown series from others", () => {
    expect(hasValues(points)).toBe(true);
    expect(hasValues({ t: [1], v: [null] })).toBe(false);
    expect(hasValues(undefined)).toBe(false);
  });
});

describe("extent", () => {
  it("counts the value that was held when the stretch began", () => {
    expect(extent(points, 35, 39)).toEqual([7, 7]);
    expect(extent(points, 0, 100)).toEqual([5, 7]);
    expect(extent(points, 21, 25)).toBeNull();
    expect(extent({ t: [], v: [] }, 0, 1)).toBeNull();
  });
});

class Recorder implements Pen {
  readonly log: string[] = [];
  moveTo(x: number, y: number) {
    this.log.push(`M${x},${y}`);
  }
  lineTo(x: number, y: number) {
    this.log.push(`L${x},${y}`);
  }
  rect(x: number, y: number, width: number, height: number) {
    this.log.push(`R${x},${y},${width},${height}`);
  }
}

describe("drawSteps", () => {
  const same = (value: number) => value;
  it("draws steps, gaps and the fill below", () => {
    const stroke = new Recorder();
    const fill = new Recorder();
    drawSteps(points, { from: 0, to: 100, until: 50 }, same, same, stroke, {
      pen: fill,
      bottom: 9,
    });
    expect(stroke.log.join(" ")).toBe("M10,5 L20,5 M30,7 L40,7 L40,6 L50,6");
    expect(fill.log.join(" ")).toBe("R10,5,10,4 R30,7,10,2 R40,6,10,3");
  });
  it("starts at the left edge with the value held there", () => {
    const stroke = new Recorder();
    drawSteps(points, { from: 35, to: 38, until: 50 }, same, same, stroke, null);
    expect(stroke.log.join(" ")).toBe("M35,7 L38,7");
  });
  it("is bounded by the width, however many points there are", () => {
    const count = 50_000;
    const many = {
      t: Array.from({ length: count }, (_, index) => index),
      v: Array.from({ length: count }, (_, index) => (index % 2 ? 10 : 20)),
    };
    const stroke = new Recorder();
    const stretch = { from: 0, to: count, until: count };
    drawSteps(many, stretch, (time) => time / 100, same, stroke, null);
    expect(stroke.log.length).toBeLessThan(5 * 500);
  });
});

it("reads fewer times for a table over longer stretches", () => {
  const day = 86_400;
  expect(tableTimes(0, 30 * day)).toHaveLength(31);
  expect(tableTimes(0, 90 * day)).toHaveLength(13);
  expect(tableTimes(0, 365 * day)).toHaveLength(13);
  expect(tableTimes(0, 3_650 * day)[0]).toBe(3_650 * day);
});
