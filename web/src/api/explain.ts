import { splitEvents } from "@/lib/sse";
import { stream } from "./client";
import { Problem } from "./problem";
import type { ClaimEvent, Explanation, ExplanationRequest } from "./types";

export interface ExplainHandlers {
  onClaim: (claim: ClaimEvent) => void;
  /** The claims so far do not count. */
  onWithdrawn: (reason: string) => void;
}

/** A text about decisions, step by step. */
export async function explain(
  asked: ExplanationRequest,
  handlers: ExplainHandlers,
  signal: AbortSignal,
): Promise<Explanation> {
  let text = "";
  for await (const chunk of stream("/explanations/events", asked, signal)) {
    const { events, rest } = splitEvents(text + chunk);
    text = rest;
    for (const { event, data } of events) {
      if (event === "claim") handlers.onClaim(JSON.parse(data) as ClaimEvent);
      if (event === "withdrawn") handlers.onWithdrawn(JSON.parse(data).reason);
      if (event === "written") return JSON.parse(data) as Explanation;
    }
  }
  throw new Problem({ code: "cut_off", title: "The explanation broke off" }, 0);
}
