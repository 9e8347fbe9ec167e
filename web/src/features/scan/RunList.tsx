import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { runsQuery } from "@/api/queries";
import { isFinal, progressOf } from "@/api/runs";
import type { Run } from "@/api/types";
import { Age } from "@/components/Age";
import { Loading } from "@/components/Loading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Progress } from "@/components/Progress";
import { RUN_LOOK, TONE_TEXT } from "@/components/tones";
import { formatInteger, plural } from "@/lib/format";

/** The latest runs, newest first. */
export function RunList({ isLive }: { isLive: boolean }) {
  const { data, error, refetch, isPending } = useQuery(runsQuery(20, isLive));
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Loading lines={4} />;
  if (data.items.length === 0) {
    return <p className="text-muted">None yet. A scan that you start is listed here.</p>;
  }
  return (
    <ul className="-mx-2">
      {data.items.map((run) => (
        <li key={run.id}>
          <RunItem run={run} />
        </li>
      ))}
    </ul>
  );
}

function RunItem({ run }: { run: Run }) {
  const look = RUN_LOOK[run.state];
  return (
    <Link
      to="/scan/$runId"
      params={{ runId: run.id }}
      className="block rounded-md px-2 py-2 hover:bg-hover"
    >
      <span className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 truncate font-medium">{run.source}</span>
        <span className="text-sm text-faint">
          <Age at={run.created_at} />
        </span>
      </span>
      {isFinal(run) ? (
        <span className="block text-sm text-muted">
          {run.state !== "succeeded" && (
            <span className={TONE_TEXT[look.tone]}>{look.label} · </span>
          )}
          {plural(run.rows, "row")} · {formatInteger(run.counts.buy)} buy ·{" "}
          {plural(run.tokens.spent, "token")}
        </span>
      ) : (
        <span className="mt-1 flex items-center gap-2 text-sm text-muted">
          <Progress
            value={progressOf(run)}
            label={look.label}
            tone={look.tone === "warn" ? "warn" : "neutral"}
            className="flex-1"
          />
          <span className={TONE_TEXT[look.tone]}>{look.label}</span>
        </span>
      )}
    </Link>
  );
}
