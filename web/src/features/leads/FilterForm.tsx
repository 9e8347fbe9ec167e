import { type FormEvent, useState } from "react";
import type { FilledForm } from "@/api/types";
import { Button } from "@/components/Button";
import { FormNotes } from "@/features/words/FormNotes";
import { SORTS, type SortValue, sortValue } from "@/lib/search";
import { SORT_NAMES } from "./sorts";
import { VerdictChips } from "./VerdictChips";
import { draftOf, type FilterDraft } from "./wordsFilter";

interface Props {
  form: FilledForm;
  onApply: (draft: FilterDraft) => void;
}

/** A filter that words were turned into, to be put right and then applied. */
export function FilterForm({ form, onApply }: Props) {
  const [draft, setDraft] = useState(() => draftOf(form));
  const change = (part: Partial<FilterDraft>) => setDraft((before) => ({ ...before, ...part }));
  const apply = (event: FormEvent) => {
    event.preventDefault();
    onApply(draft);
  };
  return (
    <form onSubmit={apply} aria-label="Filter to apply" className="mt-3 flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
        <div className="max-w-full overflow-x-auto">
          <span className="heading mb-1 block">Verdicts</span>
          <VerdictChips
            value={draft.verdict}
            counts={undefined}
            onChange={(verdict) => change({ verdict })}
          />
        </div>
        <Field label="Title or identifier" value={draft.q} onChange={(q) => change({ q })} />
        <Field
          label="Supplier"
          value={draft.supplier}
          onChange={(supplier) => change({ supplier })}
        />
        <label>
          <span className="heading mb-1 block">Sort by</span>
          <select
            value={draft.sort ?? ""}
            onChange={(event) => change({ sort: sortValue(event.target.value) })}
            className="field"
          >
            <option value="">Newest</option>
            {SORTS.flatMap((key): SortValue[] => [key, `-${key}`]).map((value) => (
              <option key={value} value={value}>
                {`${SORT_NAMES[value.replace("-", "") as (typeof SORTS)[number]]}, ${
                  value.startsWith("-") ? "descending" : "ascending"
                }`}
              </option>
            ))}
          </select>
        </label>
        <Button kind="primary" type="submit">
          Apply
        </Button>
      </div>
      <FormNotes form={form} />
    </form>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function Field({ label, value, onChange }: FieldProps) {
  return (
    <label className="min-w-36 flex-1 sm:flex-none">
      <span className="heading mb-1 block">{label}</span>
      <input
        value={value}
        maxLength={200}
        onChange={(event) => onChange(event.target.value)}
        className="field w-full"
      />
    </label>
  );
}
