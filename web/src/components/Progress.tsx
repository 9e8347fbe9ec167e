import { cx } from "@/lib/cx";
import { TONE_FILL, type Tone } from "./tones";

interface Props {
  /** 0-1; null while the total is not known. */
  value: number | null;
  label: string;
  tone?: Tone;
  className?: string;
}

export function Progress({ value, label, tone = "neutral", className }: Props) {
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(value === null ? {} : { "aria-valuenow": Math.round(value * 100) })}
      className={cx("h-1.5 overflow-hidden rounded-full bg-line", className)}
    >
      <div
        className={cx(
          "h-full rounded-full transition-[width] duration-300",
          tone === "neutral" ? "bg-ink" : TONE_FILL[tone],
          value === null && "animate-pulse",
        )}
        style={{ width: value === null ? "30%" : `${value * 100}%` }}
      />
    </div>
  );
}
