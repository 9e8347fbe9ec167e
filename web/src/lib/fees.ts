import type { ChannelFees, FeeLine, KeepaComparison } from "@/api/types";
import { formatMoney, words } from "./format";

/** A fee that at least one channel charges, with each channel's line. */
export interface FeePair {
  code: string;
  own: FeeLine | null;
  other: FeeLine | null;
}

/** The fees of two channels side by side: those of the first in its order, then the other's own. */
export function feePairs(own: ChannelFees, other: ChannelFees | undefined): FeePair[] {
  const find = (sheet: ChannelFees | undefined, code: string) =>
    sheet?.lines.find((line) => line.code === code) ?? null;
  const codes = [...own.lines, ...(other?.lines ?? [])].map((line) => line.code);
  return [...new Set(codes)].map((code) => ({
    code,
    own: find(own, code),
    other: find(other, code),
  }));
}

/** Whether Keepa's figure is ours but for a cent of rounding; null where ours is unknown. */
export function agrees(comparison: KeepaComparison): boolean | null {
  return comparison.difference === null ? null : Math.abs(comparison.difference) <= 1;
}

/** How Keepa's figure and ours compare, with the named cause where they differ. */
export function comparisonText(comparison: KeepaComparison, currency: string): string {
  const { fee, keepa, ours, causes, difference } = comparison;
  const shown = `Keepa's ${words(fee)} fee is ${formatMoney(keepa, currency)}`;
  if (ours === null || difference === null) return `${shown}; ours is not known.`;
  if (agrees(comparison)) return `${shown}, and so is ours.`;
  const cause = causes.length > 0 ? `Possible cause: ${causes.join(", or ")}.` : "Cause unknown.";
  return `${shown}, ours ${formatMoney(ours, currency)}. ${cause}`;
}

/** The days on which a rule holds. */
export function daysText(first: string | null, last: string | null): string {
  if (first === null) return last === null ? "always" : `until ${last}`;
  return last === null ? `since ${first}` : `${first} to ${last}`;
}
