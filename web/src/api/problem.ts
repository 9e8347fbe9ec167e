import type { DetectedColumn, ProblemDocument } from "./types";

const COLUMN = /^\/columns\/(?=.)/;

/** A request that did not succeed: what the server said, or why it could not be asked. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number | null;
  readonly title: string;
  readonly hints: string[];
  /** The columns of a lead file in which nobody can tell what identifies the products. */
  readonly columns: DetectedColumn[];
  readonly requestId: string | null;

  constructor(document: ProblemDocument, status: number | null) {
    super(document.detail ?? document.title ?? "The request failed.");
    this.name = "Problem";
    this.status = status;
    this.title = document.title ?? "Request failed";
    this.code = document.code ?? (status === null ? "unreachable" : `http_${status}`);
    this.requestId = document.request_id ?? null;
    const items = document.errors ?? [];
    this.columns = items
      .filter((item) => COLUMN.test(item.pointer))
      .map((item) => ({
        header: item.pointer.replace(COLUMN, "").replaceAll("~1", "/").replaceAll("~0", "~"),
        field: null,
        sample: item.message ? item.message.split(" · ") : [],
      }));
    this.hints = items
      .filter((item) => !COLUMN.test(item.pointer))
      .map((item) => [item.pointer, item.message].filter(Boolean).join(": "));
  }

  /** True where the server could not be reached at all. */
  get isUnreachable(): boolean {
    return this.status === null;
  }

  /** True where asking again without a change can help. */
  get isTransient(): boolean {
    return this.status === null || this.status === 429 || this.status >= 502;
  }
}

/** The problem behind anything that was thrown. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem({ code: "page_error", title: "The page failed", detail }, 0);
}
