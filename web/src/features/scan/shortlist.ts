import type { ExplanationRequest } from "@/api/types";

export const SIZES = [5, 10, 15] as const;

export interface Choice {
  size: (typeof SIZES)[number];
  /** 0 is profit alone, 100 speed alone. */
  speed: number;
}

export const DEFAULT_CHOICE: Choice = { size: 5, speed: 30 };

export function shortlistRequest(runId: string, choice: Choice): ExplanationRequest {
  return { use: "shortlist", run_id: runId, size: choice.size, speed: choice.speed / 100 };
}

/** What a preference means, in words. */
export function preferenceText(speed: number): string {
  if (speed === 0) return "profit alone";
  if (speed === 100) return "speed alone";
  if (speed === 50) return "both alike";
  return speed < 50 ? "profit first" : "speed first";
}
