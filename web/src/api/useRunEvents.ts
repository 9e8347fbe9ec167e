import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { runEventsUrl } from "./endpoints";
import { keys } from "./queries";
import { isFinal } from "./runs";
import type { Run } from "./types";

/** Rows are asked for again at most this often while a run streams. */
const REFRESH_EVERY_MS = 1_000;

/**
 * Follows a run's events: keeps the run current in the query cache and has its newest decisions asked
 * for again as they are stored. The browser resumes a cut stream by itself (Last-Event-ID).
 */
export function useRunEvents(runId: string, isActive: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!isActive) return;
    const source = new EventSource(runEventsUrl(runId));
    let refreshedAt = 0;
    let pending: number | undefined;

    const refreshRows = () => {
      refreshedAt = Date.now();
      pending = undefined;
      void client.invalidateQueries({ queryKey: [...keys.decisions, "latest", runId] });
    };
    const receive = (event: MessageEvent<string>) => {
      const run = JSON.parse(event.data) as Run;
      client.setQueryData(keys.run(runId), run);
      const wait = Math.max(0, refreshedAt + REFRESH_EVERY_MS - Date.now());
      pending ??= window.setTimeout(refreshRows, wait);
      if (!isFinal(run)) return;
      source.close();
      void client.invalidateQueries({ queryKey: keys.decisions });
      void client.invalidateQueries({ queryKey: keys.status });
      void client.invalidateQueries({ queryKey: [...keys.runs, "list"] });
    };
    source.addEventListener("state", receive);
    source.addEventListener("progress", receive);
    return () => {
      source.close();
      window.clearTimeout(pending);
    };
  }, [client, runId, isActive]);
}
