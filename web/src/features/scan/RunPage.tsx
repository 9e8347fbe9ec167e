import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { decisionsQuery, latestDecisionsQuery, runQuery } from "@/api/queries";
import { isFinal } from "@/api/runs";
import { useRunEvents } from "@/api/useRunEvents";
import { EmptyState } from "@/components/EmptyState";
import { Loading } from "@/components/Loading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { LeadTable } from "@/features/leads/LeadTable";
import { useTitle } from "@/lib/hooks";
import { RunHeader } from "./RunHeader";
import { RunWords } from "./RunWords";

const route = getRouteApi("/scan/$runId");
const LIVE_ROWS = 60;

/** One run: how far it is, what it costs, and its rows as they are decided. */
export function RunPage() {
  const { runId } = route.useParams();
  const { data: run, error, refetch, isPending } = useQuery(runQuery(runId));
  const isActive = run !== undefined && !isFinal(run);
  useTitle(run?.source ?? "Run");
  useRunEvents(runId, isActive);

  if (error && !run) {
    return (
      <div className="p-4">
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </div>
    );
  }
  if (isPending || !run) return <Loading />;
  return (
    <div className="flex h-full flex-col">
      <RunHeader run={run} />
      {!isActive && <RunWords run={run} />}
      {isActive ? <LiveRows runId={runId} /> : <AllRows runId={runId} />}
    </div>
  );
}

/** The newest rows of a run that is under way, newest on top. */
function LiveRows({ runId }: { runId: string }) {
  const { data } = useQuery(latestDecisionsQuery(runId, LIVE_ROWS));
  if (!data) return <Loading />;
  if (data.items.length === 0) {
    return (
      <EmptyState icon="clock" title="Waiting for the first decisions">
        Rows appear here as soon as they are decided, the newest on top.
      </EmptyState>
    );
  }
  return <LeadTable rows={data.items} />;
}

/** Every row of a run that has ended, in the order of the file. */
function AllRows({ runId }: { runId: string }) {
  const pages = useInfiniteQuery(decisionsQuery({ run_id: runId, sort: "row" }));
  const { fetchNextPage } = pages;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  if (pages.error) {
    return (
      <div className="p-4">
        <ProblemNotice error={pages.error} onRetry={() => void pages.refetch()} />
      </div>
    );
  }
  if (pages.isPending) return <Loading />;
  if (rows.length === 0) {
    return (
      <EmptyState icon="leads" title="No row was decided">
        The run ended before its first decision.
      </EmptyState>
    );
  }
  return (
    <LeadTable
      rows={rows}
      hasMore={pages.hasNextPage}
      isLoadingMore={pages.isFetchingNextPage}
      onMore={more}
    />
  );
}
