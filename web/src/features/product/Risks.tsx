import type { DecisionRecord, Risk, RiskStatus } from "@/api/types";
import { Icon } from "@/components/Icon";
import { Popover } from "@/components/Popover";
import { Section } from "@/components/Section";
import { StatusMark } from "@/components/StatusMark";
import { evidenceOf, figureTitle } from "@/lib/evidence";
import { formatProbability, plural } from "@/lib/format";
import { EvidenceCard } from "./EvidenceCard";

const ORDER: readonly RiskStatus[] = ["blocker", "warning", "unknown", "ok"];

/** Every risk that was looked at, the gravest first; each opens. What is fine stands back. */
export function Risks({ record }: { record: DecisionRecord }) {
  const risks = [...(record.risks ?? [])].sort(
    (a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status),
  );
  const isQuiet = (risk: Risk) => risk.status === "ok" && risk.probability === null;
  const quiet = risks.filter(isQuiet);
  return (
    <Section title="Risks">
      <ul>
        {risks
          .filter((risk) => !isQuiet(risk))
          .map((risk) => (
            <RiskItem key={risk.code} risk={risk} record={record} />
          ))}
      </ul>
      {quiet.length > 0 && (
        <details className="group">
          <summary className="flex items-center gap-1 py-0.5 text-muted hover:text-ink">
            {plural(quiet.length, "check is", "checks are")} fine
            <Icon name="chevronDown" size={12} className="group-open:rotate-180" />
          </summary>
          <ul>
            {quiet.map((risk) => (
              <RiskItem key={risk.code} risk={risk} record={record} />
            ))}
          </ul>
        </details>
      )}
      {risks.length === 0 && <p className="text-muted">No risk could be judged.</p>}
    </Section>
  );
}

function RiskItem({ risk, record }: { risk: Risk; record: DecisionRecord }) {
  const figure = `risks.${risk.code}`;
  return (
    <li>
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
        <EvidenceCard figure={figure} evidence={evidenceOf(record, figure)} record={record} />
      </Popover>
    </li>
  );
}
