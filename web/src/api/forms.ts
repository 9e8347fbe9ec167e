import { request } from "./client";
import type { DetectedColumn, FilledForm, LeadField } from "./types";

const SAMPLE_ROWS = 5;

/** A filter of the decisions from words; it is shown as a form and applies nothing. */
export const fillFilter = (words: string, signal?: AbortSignal) =>
  request<FilledForm>("/forms/filter", { method: "POST", json: { words }, signal });

/** Which column of a file means what, by its headings and first values. */
export const fillColumns = (columns: readonly DetectedColumn[], signal?: AbortSignal) =>
  request<FilledForm>("/forms/columns", {
    method: "POST",
    json: { headings: columns.map((column) => column.header), rows: rowsOf(columns) },
    signal,
  });

/** The first rows of a file from the samples of its columns. */
function rowsOf(columns: readonly DetectedColumn[]): string[][] {
  const deepest = Math.max(0, ...columns.map((column) => column.sample.length));
  const places = Array.from({ length: Math.min(deepest, SAMPLE_ROWS) }, (_, at) => at);
  return places.map((at) => columns.map((column) => column.sample[at] ?? ""));
}

/** The columns that a filled form names: field to heading. */
export function columnsIn(form: FilledForm): Partial<Record<LeadField, string>> {
  return Object.fromEntries(
    Object.entries(form.fields).filter(([, heading]) => typeof heading === "string"),
  ) as Partial<Record<LeadField, string>>;
}
