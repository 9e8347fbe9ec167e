import { useEffect, useRef, useState } from "react";
import type { VerdictCounts } from "@/api/types";
import { Icon } from "@/components/Icon";
import { useDebounced } from "@/lib/hooks";
import { useHotkeys } from "@/lib/hotkeys";
import { type LeadsSearch, parseSort, toggleVerdict, VERDICTS } from "@/lib/search";
import { VerdictChips } from "./VerdictChips";

const PHONE_SORTS: readonly [value: string, label: string][] = [
  ["", "Newest"],
  ["-max_cost", "Max cost"],
  ["-profit", "Profit"],
  ["-roi", "ROI"],
  ["-probability_of_profit", "P(profit)"],
  ["days_to_sell", "Fastest"],
  ["sales_rank", "Rank"],
];

interface Props {
  search: LeadsSearch;
  counts: VerdictCounts | undefined;
  onChange: (change: Partial<Record<keyof LeadsSearch, string | undefined>>) => void;
}

/** Verdict chips, text filter, and on a phone the sort. All of it is kept in the address. */
export function LeadFilters({ search, counts, onChange }: Props) {
  const [text, setText] = useState(search.q ?? "");
  const settled = useDebounced(text, 250);
  const input = useRef<HTMLInputElement>(null);
  const applied = useRef(search.q ?? "");

  useEffect(() => {
    if (settled === applied.current) return;
    applied.current = settled;
    onChange({ q: settled || undefined });
  }, [settled, onChange]);

  // A filter that was set elsewhere, by words or by clearing all, shows in the field.
  useEffect(() => {
    const set = search.q ?? "";
    if (set === applied.current) return;
    applied.current = set;
    setText(set);
  }, [search.q]);

  const toggles = VERDICTS.map((verdict, index) => [
    String(index + 1),
    () => onChange({ verdict: toggleVerdict(search.verdict, verdict) }),
  ]);
  useHotkeys({ ...Object.fromEntries(toggles), f: () => input.current?.select() });

  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      <div className="-mx-3 max-w-[100vw] overflow-x-auto px-3 md:mx-0 md:px-0">
        <VerdictChips
          value={search.verdict}
          counts={counts}
          onChange={(verdict) => onChange({ verdict })}
        />
      </div>
      <div className="relative min-w-40 flex-1 md:w-56 md:flex-none">
        <Icon
          name="search"
          size={13}
          className="pointer-events-none absolute top-2.5 left-2.5 text-faint"
        />
        <input
          ref={input}
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && input.current?.blur()}
          aria-label="Filter by title or identifier"
          placeholder="Title or identifier"
          className="field w-full pl-7!"
        />
      </div>
      <select
        aria-label="Sort"
        value={parseSort(search.sort) ? search.sort : ""}
        onChange={(event) => onChange({ sort: event.target.value || undefined })}
        className="field md:hidden"
      >
        {PHONE_SORTS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
