import type { Verdict } from "@/api/types";
import { cx } from "@/lib/cx";
import { Icon } from "./Icon";
import { TONE_SOFT, VERDICT_LOOK } from "./tones";

/** A verdict as icon, word and colour. */
export function VerdictBadge({
  verdict,
  isLarge = false,
}: {
  verdict: Verdict;
  isLarge?: boolean;
}) {
  const look = VERDICT_LOOK[verdict];
  return (
    <span
      title={look.meaning}
      className={cx(
        "inline-flex items-center gap-1 rounded-sm font-medium whitespace-nowrap",
        isLarge ? "h-7 px-2.5 text-md" : "h-5 pr-1.5 pl-1 text-sm",
        TONE_SOFT[look.tone],
      )}
    >
      <Icon name={look.icon} size={isLarge ? 15 : 12} strokeWidth={2} />
      {look.label}
    </span>
  );
}
