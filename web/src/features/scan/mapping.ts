import type { DetectedColumn, LeadField } from "@/api/types";

export const FIELDS: readonly LeadField[] = [
  "identifier",
  "cost",
  "quantity",
  "condition",
  "supplier",
  "url",
  "notes",
];

/** Which column holds a field, by its heading. */
export type Mapping = Partial<Record<LeadField, string>>;

/** The mapping that the program found by itself. */
export function mappingOf(columns: readonly DetectedColumn[]): Mapping {
  const found: Mapping = {};
  for (const { field, header } of columns) {
    const known = FIELDS.find((one) => one === field);
    if (known) found[known] = header;
  }
  return found;
}

/** The mapping after one column got another meaning: a field has one column, a column one field. */
export function assigned(mapping: Mapping, header: string, field: string): Mapping {
  const changed: Mapping = {};
  for (const one of FIELDS) {
    const column = one === field ? header : mapping[one];
    if (column && (one === field || column !== header)) changed[one] = column;
  }
  return changed;
}
