import type { IntervalShape } from "@/lib/interval";

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

/**
 * A 10-90 % interval as a bar with a tick at its middle. The part left of the reference line (below
 * breakeven, or below zero) takes the colour of a loss.
 */
export function IntervalBar({ shape, label }: { shape: IntervalShape; label: string }) {
  const split = shape.reference ?? 0;
  const lossEnd = Math.min(Math.max(split, shape.from), shape.to);
  const gainStart = Math.max(shape.from, Math.min(split, shape.to));
  return (
    <span role="img" aria-label={label} title={label} className="relative block h-3 w-full">
      <span className="absolute inset-x-0 top-[5.5px] h-px bg-line" />
      {lossEnd > shape.from && (
        <span
          className="absolute top-[3px] h-1.5 rounded-l-full bg-fail opacity-70"
          style={{ left: percent(shape.from), width: percent(lossEnd - shape.from) }}
        />
      )}
      {shape.to > gainStart && (
        <span
          className={
            shape.reference === null
              ? "absolute top-[3px] h-1.5 rounded-full bg-muted opacity-60"
              : "absolute top-[3px] h-1.5 rounded-r-full bg-pass opacity-70"
          }
          style={{ left: percent(gainStart), width: percent(shape.to - gainStart) }}
        />
      )}
      {shape.reference !== null && (
        <span
          className="absolute inset-y-0 w-px bg-line-strong"
          style={{ left: percent(shape.reference) }}
        />
      )}
      <span
        className="absolute top-px h-2.5 w-0.5 -translate-x-1/2 rounded-full bg-ink"
        style={{ left: percent(shape.middle) }}
      />
    </span>
  );
}
