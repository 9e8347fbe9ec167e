import type { Run, RunState } from "./types";

const FINAL: ReadonlySet<RunState> = new Set<RunState>(["succeeded", "failed", "cancelled"]);

/** True where a run will not change any more by itself. */
export function isFinal(run: Run | undefined): boolean {
  return run !== undefined && FINAL.has(run.state);
}

/** Share of a run's rows that are decided (0-1); null while the rows are still being counted. */
export function progressOf(run: Run): number | null {
  if (run.state === "succeeded") return 1;
  if (run.rows === 0) return null;
  return Math.min(1, run.done / run.rows);
}
