import { request, withQuery } from "./client";
import type {
  DecisionFilter,
  DecisionPage,
  EvidenceList,
  EvidenceReport,
  FeeQuestion,
  LeadField,
  LeadInput,
  Policies,
  ProductFees,
  ProductInputs,
  ProductView,
  Run,
  RunList,
  ScanOptions,
  ScanPreview,
  SeriesView,
  Status,
} from "./types";

/** What a scan starts from: a file with its column mapping, or leads typed in. */
export type ScanSource =
  | { kind: "file"; file: File; columns: Partial<Record<LeadField, string>> | null }
  | { kind: "leads"; leads: LeadInput[] };

type Signal = AbortSignal | undefined;

export const getStatus = (signal?: Signal) => request<Status>("/status", { signal });

/** The newest backtest report of every source, and which ones were kept. */
export const getEvidence = (signal?: Signal) => request<EvidenceList>("/evidence", { signal });

/** A kept backtest report by its number. */
export const getReport = (id: number, signal?: Signal) =>
  request<EvidenceReport>(`/evidence/${id}`, { signal });

export const getPolicies = (signal?: Signal) => request<Policies>("/policies", { signal });

export const getDecisions = (
  filter: DecisionFilter,
  page: { cursor?: string | null; limit: number },
  signal?: Signal,
) => request<DecisionPage>(withQuery("/decisions", { ...filter, ...page }), { signal });

export const getRuns = (limit: number, signal?: Signal) =>
  request<RunList>(withQuery("/runs", { limit }), { signal });

export const getRun = (id: string, signal?: Signal) => request<Run>(`/runs/${id}`, { signal });

export const cancelRun = (id: string) =>
  request<Run>(`/runs/${id}/cancellation`, { method: "POST" });

export const resumeRun = (id: string) => request<Run>(`/runs/${id}/resumption`, { method: "POST" });

export const runEventsUrl = (id: string) => `/api/v1/runs/${id}/events`;

const productPath = (marketplace: string, asin: string) =>
  `/products/${encodeURIComponent(marketplace)}/${encodeURIComponent(asin)}`;

export const getProduct = (
  marketplace: string,
  asin: string,
  inputs: ProductInputs,
  signal?: Signal,
) => request<ProductView>(withQuery(productPath(marketplace, asin), { ...inputs }), { signal });

export const getFees = (
  marketplace: string,
  asin: string,
  question: FeeQuestion,
  signal?: Signal,
) =>
  request<ProductFees>(withQuery(`${productPath(marketplace, asin)}/fees`, { ...question }), {
    signal,
  });

export const getSeries = (
  marketplace: string,
  asin: string,
  query: ProductInputs & { kinds: string; days?: number | undefined },
  signal?: Signal,
) =>
  request<SeriesView>(withQuery(`${productPath(marketplace, asin)}/series`, { ...query }), {
    signal,
  });

/** What a scan would do and cost, without doing it. */
export const previewScan = (source: ScanSource, options: ScanOptions, signal?: Signal) =>
  request<ScanPreview>(withQuery("/scans", { dry_run: true }), {
    method: "POST",
    signal,
    ...scanBody(source, options),
  });

export const startScan = (source: ScanSource, options: ScanOptions) =>
  request<Run>("/scans", { method: "POST", ...scanBody(source, options) });

function scanBody(source: ScanSource, options: ScanOptions): { json?: unknown; form?: FormData } {
  if (source.kind === "leads") return { json: { leads: source.leads, ...options } };
  const form = new FormData();
  form.set("file", source.file, source.file.name);
  if (source.columns) form.set("columns", JSON.stringify(source.columns));
  for (const [key, value] of Object.entries(options)) {
    if (value !== undefined) form.set(key, String(value));
  }
  return { form };
}
