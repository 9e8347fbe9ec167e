import type { DecisionRecord, Evidence } from "@/api/types";
import { Age } from "@/components/Age";
import { figureTitle, formatInput } from "@/lib/evidence";
import { formatMoment, words } from "@/lib/format";

interface Props {
  figure: string;
  evidence: Evidence | null;
  record: DecisionRecord;
}

/** Where a number comes from: formula, inputs, source and the time it was observed. */
export function EvidenceCard({ figure, evidence, record }: Props) {
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-semibold">{figureTitle(figure)}</h3>
      {evidence ? (
        <>
          <p className="rounded-sm bg-sunken px-2 py-1.5 font-mono text-sm break-words">
            {evidence.formula}
          </p>
          <Inputs evidence={evidence} currency={record.currency} />
          <dl className="grid grid-cols-[auto_1fr] gap-x-3 border-t border-line pt-2 text-sm text-muted [&_dd]:text-right">
            <dt>Source</dt>
            <dd className="break-words">{evidence.source}</dd>
            {evidence.observed_at && (
              <>
                <dt>Observed</dt>
                <dd>
                  {formatMoment(evidence.observed_at)} (<Age at={evidence.observed_at} isLong />)
                </dd>
              </>
            )}
          </dl>
        </>
      ) : (
        <p className="text-muted">
          Taken from the decision as it stands; it has no formula of its own.
        </p>
      )}
      <p className="border-t border-line pt-2 text-xs text-faint">
        Policy {record.policy?.name ?? "none"}
        {record.rate_card && ` · rate card ${record.rate_card}`}
        {record.model_version && ` · model ${record.model_version}`}
        {record.input_digest && ` · inputs ${record.input_digest.slice(0, 8)}`}
      </p>
    </div>
  );
}

export function Inputs({ evidence, currency }: { evidence: Evidence; currency: string }) {
  const inputs = Object.entries(evidence.inputs);
  if (inputs.length === 0) return null;
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 text-sm [&_dt]:text-muted">
      {inputs.map(([key, value]) => (
        <div key={key} className="col-span-2 grid grid-cols-subgrid">
          <dt>{words(key)}</dt>
          <dd className="max-w-44 text-right break-words">
            {formatInput(evidence.figure, key, value, currency)}
          </dd>
        </div>
      ))}
    </dl>
  );
}
