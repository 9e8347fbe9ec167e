import type { EvidenceReport } from "@/api/types";
import { Age } from "@/components/Age";
import { Icon } from "@/components/Icon";
import { Snippet } from "@/components/Snippet";
import { COMMANDS } from "@/lib/backtest";
import { formatDuration, plural } from "@/lib/format";

/** What was replayed, when and by which model; and a warning where another model decides by now. */
export function Replayed({ evidence }: { evidence: EvidenceReport }) {
  const { report } = evidence;
  const [first, last] = report.window_days;
  return (
    <>
      <p>
        {plural(report.windows, "decision")} about {plural(report.products, "product")}, replayed
        week by week with what was known then; the outcome is the median price of days {first} to{" "}
        {last} after it.
      </p>
      <dl className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-0.5 text-muted [&_dd]:text-ink">
        <dt>Replayed</dt>
        <dd>
          <Age at={evidence.created_at} isLong />, in {formatDuration(report.seconds)}
        </dd>
        <dt>Policy</dt>
        <dd>{report.policy}</dd>
        <dt>Model</dt>
        <dd className="break-words">{report.model_version}</dd>
        <dt>Data</dt>
        <dd className="font-mono text-sm break-all" title="Fingerprint of the replayed data">
          {report.data_digest}
        </dd>
        {report.seed !== null && (
          <>
            <dt>Seed</dt>
            <dd>{report.seed}</dd>
          </>
        )}
      </dl>
      {!evidence.is_current && (
        <div role="note" className="mt-3 border-l-2 border-warn bg-warn-soft px-3 py-2.5">
          <p className="mb-2 flex gap-2">
            <Icon name="alert" className="mt-0.5 shrink-0 text-warn" />
            <span>
              This speaks of another model than the one that decides now (
              {evidence.running_model_version}). Replay it again:
            </span>
          </p>
          <Snippet label="Command" text={COMMANDS[evidence.source]} />
        </div>
      )}
    </>
  );
}
