import { splitEvents } from "@/lib/sse";
import { stream } from "./client";
import { Problem } from "./problem";
import type { Explanation, ProductInputs } from "./types";

/** A checked claim of a text that is being written. */
export interface ClaimEvent {
  about: string;
  text: string;
  facts: string[];
}

export interface ExplainHandlers {
  onClaim: (claim: ClaimEvent) => void;
  /** The claims so far do not count. */
  onWithdrawn: (reason: string) => void;
}

/** Why a product's decision under the given inputs came out as it did, step by step. */
export async function explainProduct(
  marketplace: string,
  asin: string,
  inputs: ProductInputs,
  handlers: ExplainHandlers,
  signal: AbortSignal,
): Promise<Explanation> {
  const product = { marketplace, asin, ...inputs };
  const chunks = stream("/explanations/events", { use: "why", product }, signal);
  let text = "";
  for await (const chunk of chunks) {
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
