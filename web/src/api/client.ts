import { Problem } from "./problem";
import type { ProblemDocument } from "./types";

const BASE = "/api/v1";

export type QueryValue = string | number | boolean | null | undefined;

/** A path with its query string; empty values are left out. */
export function withQuery(path: string, query: Record<string, QueryValue> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

interface RequestOptions {
  method?: "GET" | "POST";
  json?: unknown;
  form?: FormData;
  signal?: AbortSignal | undefined;
}

/** Calls the API and answers its JSON; throws a Problem for everything else. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const init: RequestInit = { method: options.method ?? "GET", credentials: "same-origin" };
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.signal) init.signal = options.signal;
  if (options.json !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.json);
  } else if (options.form) {
    init.body = options.form;
  }
  init.headers = headers;
  const response = await send(BASE + path, init);
  if (!response.ok) throw new Problem(await problemDocument(response), response.status);
  return (await response.json()) as T;
}

/** Posts JSON and gives the answer's text as it comes; throws a Problem where there is none. */
export async function* stream(
  path: string,
  json: unknown,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const response = await send(BASE + path, {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "text/event-stream", "Content-Type": "application/json" },
    body: JSON.stringify(json),
    signal,
  });
  if (!response.ok) throw new Problem(await problemDocument(response), response.status);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(
      {
        code: "unreachable",
        title: "ArbitrageVault does not answer",
        detail: "The program behind this page cannot be reached. Is `arbitragevault up` running?",
      },
      null,
    );
  }
}

async function problemDocument(response: Response): Promise<ProblemDocument> {
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("json")) {
    return { title: `HTTP ${response.status}`, detail: `The server answered ${response.status}.` };
  }
  try {
    return (await response.json()) as ProblemDocument;
  } catch {
    return { title: `HTTP ${response.status}`, detail: "The server's answer was not readable." };
  }
}
