import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { runsQuery } from "@/api/queries";
import { isFinal, progressOf } from "@/api/runs";
import { Progress } from "@/components/Progress";
import { formatInteger } from "@/lib/format";

/** The run that is under way, with its progress; opens it. */
export function RunIndicator() {
  const { data } = useQuery(runsQuery(10, true));
  const run = data?.items.find((item) => !isFinal(item));
  if (!run) return null;
  const isWaiting = run.state === "waiting_tokens";
  return (
    <Link
      to="/scan/$runId"
      params={{ runId: run.id }}
      className="hidden items-center gap-2 rounded-md px-1.5 py-1 hover:bg-hover sm:flex"
      title={isWaiting ? "Waiting for tokens" : "Scanning"}
    >
      <Progress
        value={progressOf(run)}
        label={`Run ${run.source}`}
        tone={isWaiting ? "warn" : "neutral"}
        className="w-12"
      />
      <span className="whitespace-nowrap text-muted">
        {isWaiting ? "Waiting" : "Scanning"}{" "}
        {`${formatInteger(run.done)} / ${formatInteger(run.rows)}`}
      </span>
    </Link>
  );
}
