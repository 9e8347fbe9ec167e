import { Segmented } from "@/components/Segmented";
import { type Choice, preferenceText, SIZES } from "./shortlist";

const OPTIONS = SIZES.map((size) => ({ value: String(size), label: String(size) }));

interface Props {
  choice: Choice;
  onChange: (choice: Choice) => void;
}

/** How long a shortlist is, and what it prefers. */
export function ShortlistChoice({ choice, onChange }: Props) {
  return (
    <>
      <span className="flex items-center gap-2">
        <span className="text-muted">The best</span>
        <Segmented
          label="Length of the shortlist"
          value={String(choice.size)}
          options={OPTIONS}
          onChange={(value) =>
            onChange({ ...choice, size: SIZES.find((size) => String(size) === value) ?? 5 })
          }
        />
      </span>
      <label className="flex items-center gap-2">
        <span className="text-muted">Profit</span>
        <input
          type="range"
          min={0}
          max={100}
          step={10}
          value={choice.speed}
          aria-label="Preference between profit and speed"
          aria-valuetext={preferenceText(choice.speed)}
          onChange={(event) => onChange({ ...choice, speed: Number(event.target.value) })}
          className="w-28 accent-(--accent)"
        />
        <span className="text-muted">Speed</span>
        <output className="w-20 text-sm text-faint">{preferenceText(choice.speed)}</output>
      </label>
    </>
  );
}
