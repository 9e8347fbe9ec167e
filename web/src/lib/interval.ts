import type { Quantiles } from "@/api/types";

/** Where an interval lies on a unit-wide axis. All shares are 0-1 of the width. */
export interface IntervalShape {
  from: number;
  middle: number;
  to: number;
  /** Where the reference value (breakeven) stands; null where there is none. */
  reference: number | null;
}

/** A price this many times the reference is at the right end, one over it at the left end. */
const SPAN = 3;

const clamp = (value: number) => Math.min(1, Math.max(0, value));

/**
 * An interval of prices on a logarithmic axis whose middle is the reference price, so that rows of
 * cheap and dear products compare: right of the middle earns, left of it loses.
 */
export function priceInterval(prices: Quantiles, reference: number | null): IntervalShape | null {
  const centre = reference ?? prices.p50;
  if (!(centre > 0) || !(prices.p10 > 0)) return null;
  const place = (price: number) => clamp(0.5 + Math.log(price / centre) / (2 * Math.log(SPAN)));
  return {
    from: place(prices.p10),
    middle: place(prices.p50),
    to: place(prices.p90),
    reference: reference === null ? null : 0.5,
  };
}

/** An interval of amounts of either sign on a straight axis that always shows zero. */
export function amountInterval(amounts: Quantiles): IntervalShape {
  const low = Math.min(0, amounts.p10);
  const high = Math.max(0, amounts.p90);
  const margin = (high - low || 1) * 0.06;
  const width = high - low + 2 * margin || 1;
  const place = (amount: number) => clamp((amount - low + margin) / width);
  return {
    from: place(amounts.p10),
    middle: place(amounts.p50),
    to: place(amounts.p90),
    reference: place(0),
  };
}
