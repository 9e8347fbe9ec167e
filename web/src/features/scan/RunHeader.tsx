import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { cancelRun, resumeRun } from "@/api/endpoints";
import { keys } from "@/api/queries";
import { isFinal, progressOf } from "@/api/runs";
import type { Run } from "@/api/types";
import { Age } from "@/components/Age";
import { Button, buttonClass } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Progress } from "@/components/Progress";
import { RUN_LOOK, TONE_SOFT, TONE_TEXT, VERDICT_LOOK } from "@/components/tones";
import { cx } from "@/lib/cx";
import { formatClock, formatCountdown, formatDuration, formatInteger, plural } from "@/lib/format";
import { useNow } from "@/lib/hooks";
import { VERDICTS } from "@/lib/search";

/** State, progress, counts and token cost of a run, and what can be done with it. */
export function RunHeader({ run }: { run: Run }) {
  const client = useQueryClient();
  const settle = (changed: Run) => {
    client.setQueryData(keys.run(run.id), changed);
    void client.invalidateQueries({ queryKey: keys.status });
    void client.invalidateQueries({ queryKey: [...keys.runs, "list"] });
  };
  const cancel = useMutation({ mutationFn: () => cancelRun(run.id), onSuccess: settle });
  const resume = useMutation({ mutationFn: () => resumeRun(run.id), onSuccess: settle });
  const look = RUN_LOOK[run.state];
  const canResume = run.state === "failed" || run.state === "cancelled";

  return (
    <header className="border-b border-line px-3 pt-3 pb-2 md:px-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Link to="/scan" className="text-muted hover:text-ink">
          Scan
        </Link>
        <Icon name="chevronRight" size={11} className="-mx-1.5 text-faint" />
        <h1 className="min-w-0 truncate text-lg font-semibold">{run.source}</h1>
        <span className={cx("rounded-sm px-1.5 text-sm font-medium", TONE_SOFT[look.tone])}>
          {look.label}
        </span>
        <span className="text-muted">
          <Age at={run.created_at} isLong />
          {" · policy "}
          {run.policy}
        </span>
        <div className="ml-auto flex gap-2">
          {!isFinal(run) && (
            <Button kind="danger" onClick={() => cancel.mutate()} disabled={cancel.isPending}>
              Cancel
            </Button>
          )}
          {canResume && (
            <Button icon="play" onClick={() => resume.mutate()} disabled={resume.isPending}>
              Resume
            </Button>
          )}
          {isFinal(run) && (
            <Link to="/leads" search={{ run: run.id }} className={buttonClass("primary")}>
              Sort and filter
            </Link>
          )}
        </div>
      </div>
      <Progress
        value={progressOf(run)}
        label="Progress of the run"
        tone={look.tone === "pass" ? "neutral" : look.tone}
        className="mt-3"
      />
      <div className="mt-2 flex flex-wrap items-center gap-x-5 gap-y-1">
        <span>
          <b className="font-semibold">{formatInteger(run.done)}</b>
          <span className="text-muted"> of {formatInteger(run.rows)} rows</span>
        </span>
        {VERDICTS.map((verdict) => (
          <span key={verdict} className="flex items-center gap-1">
            <Icon
              name={VERDICT_LOOK[verdict].icon}
              size={12}
              strokeWidth={2}
              className={TONE_TEXT[VERDICT_LOOK[verdict].tone]}
            />
            <span className="text-muted">{VERDICT_LOOK[verdict].label}</span>
            <b className="font-semibold">{formatInteger(run.counts[verdict])}</b>
          </span>
        ))}
        {run.counts.errors > 0 && (
          <span className="text-fail">{plural(run.counts.errors, "bad row")}</span>
        )}
        <span className="text-muted">
          <b className="font-semibold text-ink">{formatInteger(run.tokens.spent)}</b>
          {run.tokens.estimated !== null && ` of about ${formatInteger(run.tokens.estimated)}`}{" "}
          tokens
        </span>
        <Duration run={run} />
      </div>
      {run.state === "waiting_tokens" && <Waiting until={run.waiting_until} />}
      {run.error && (
        <p className="mt-2 text-fail">
          {run.error.message} <span className="font-mono text-xs">{run.error.code}</span>
        </p>
      )}
      {(cancel.error ?? resume.error) && (
        <div className="mt-2">
          <ProblemNotice error={cancel.error ?? resume.error} />
        </div>
      )}
    </header>
  );
}

function Waiting({ until }: { until: string | null }) {
  const now = useNow(1_000);
  return (
    <p className="mt-2 flex items-center gap-1.5 text-warn">
      <Icon name="clock" size={13} />
      {until
        ? `Waiting for tokens: goes on at ${formatClock(until)}, in ${formatCountdown((Date.parse(until) - now) / 1_000)}.`
        : "Waiting for tokens: goes on as soon as there are enough."}
    </p>
  );
}

function Duration({ run }: { run: Run }) {
  const now = useNow(1_000);
  if (!run.started_at) return null;
  const end = run.finished_at ? Date.parse(run.finished_at) : now;
  return (
    <span className="text-muted">{formatDuration((end - Date.parse(run.started_at)) / 1_000)}</span>
  );
}
