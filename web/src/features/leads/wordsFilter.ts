import type { FilledForm, Verdict } from "@/api/types";
import { type LeadsSearch, sortValue, VERDICTS } from "@/lib/search";

/** What a filter form holds while it is edited. */
export interface FilterDraft {
  verdict: string | undefined;
  q: string;
  supplier: string;
  sort: LeadsSearch["sort"];
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** The form that words were turned into, as the fields of the leads table. */
export function draftOf(form: FilledForm): FilterDraft {
  const { verdicts, text: words, supplier, sort } = form.fields;
  const chosen: Verdict[] = VERDICTS.filter(
    (verdict) => Array.isArray(verdicts) && verdicts.includes(verdict),
  );
  return {
    verdict: chosen.length > 0 && chosen.length < VERDICTS.length ? chosen.join(",") : undefined,
    q: text(words),
    supplier: text(supplier),
    sort: sortValue(text(sort)),
  };
}

/** The address's values for a draft; what it leaves empty is taken away. */
export function searchOf(draft: FilterDraft) {
  return {
    verdict: draft.verdict,
    q: draft.q.trim() || undefined,
    supplier: draft.supplier.trim() || undefined,
    sort: draft.sort,
  };
}
