import type { DecisionRecord, RiskStatus } from "@/api/types";
import { Popover } from "@/components/Popover";
import { Section } from "@/components/Section";
import { StatusMark } from "@/components/StatusMark";
import { evidenceOf, figureTitle } from "@/lib/evidence";
import { formatProbability } from "@/lib/format";
import { EvidenceCard } from "./EvidenceCard";

const ORDER: readonly RiskStatus[] = ["blocker", "warning", "unknown", "ok"];

/** Every risk that was looked at, the gravest first; each opens. */
export function Risks({ record }: { record: DecisionRecord }) {
  const risks = [...(record.risks ?? [])].sort(
    (a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status),
  );
  return (
    <Section title="Risks">
      <ul>
        {risks.map((risk) => (
          <li key={risk.code}>
            <Popover
              label={`${figureTitle(risk.code)}: where it comes from`}
              triggerClass="-mx-1 flex w-[calc(100%+8px)] gap-1.5 rounded-sm px-1 py-0.5 hover:bg-hover"
              trigger={
                <>
                  <span className="shrink-0">
                    <StatusMark status={risk.status} />
                  </span>
                  <span className="min-w-0 flex-1">{figureTitle(risk.code)}</span>
                  {risk.probability !== null && (
                    <span className="text-muted">{formatProbability(risk.probability)}</span>
                  )}
                </>
              }
            >
              <p className="mb-2">{risk.text}</p>
              <EvidenceCard
                figure={`risks.${risk.code}`}
                evidence={evidenceOf(record, `risks.${risk.code}`)}
                record={record}
              />
            </Popover>
          </li>
        ))}
      </ul>
      {risks.length === 0 && <p className="text-muted">No risk could be judged.</p>}
    </Section>
  );
}
