import type { Verdict, VerdictCounts } from "@/api/types";
import { Icon } from "@/components/Icon";
import { TONE_TEXT, VERDICT_LOOK } from "@/components/tones";
import { cx } from "@/lib/cx";
import { formatInteger } from "@/lib/format";
import { parseVerdicts, toggleVerdict, VERDICTS } from "@/lib/search";

interface Props {
  value: string | undefined;
  counts: VerdictCounts | undefined;
  onChange: (value: string | undefined) => void;
}

/** Totals by verdict; pressing one filters by it. */
export function VerdictChips({ value, counts, onChange }: Props) {
  const chosen = new Set<Verdict>(parseVerdicts(value));
  return (
    <fieldset className="flex gap-1">
      <legend className="sr-only">Filter by verdict</legend>
      {VERDICTS.map((verdict) => {
        const look = VERDICT_LOOK[verdict];
        const isChosen = chosen.has(verdict);
        return (
          <button
            key={verdict}
            type="button"
            aria-pressed={isChosen}
            title={look.meaning}
            onClick={() => onChange(toggleVerdict(value, verdict))}
            className={cx(
              "flex h-8 items-center gap-1.5 rounded-md border px-2 whitespace-nowrap",
              isChosen ? "border-ink bg-hover" : "border-line hover:bg-hover",
              !isChosen && chosen.size > 0 && "opacity-60",
            )}
          >
            <Icon name={look.icon} size={13} strokeWidth={2} className={TONE_TEXT[look.tone]} />
            {look.label}
            <b className="font-semibold">{counts ? formatInteger(counts[verdict]) : ""}</b>
          </button>
        );
      })}
    </fieldset>
  );
}
