import type { DecisionRecord } from "@/api/types";
import { Age } from "@/components/Age";
import { Section } from "@/components/Section";
import { figureTitle } from "@/lib/evidence";
import { plural } from "@/lib/format";
import { Inputs } from "./EvidenceCard";

/** Every figure of the decision with its formula, inputs, source and age. */
export function EvidenceList({ record }: { record: DecisionRecord }) {
  const evidence = (record.evidence ?? []).filter((item) => !item.figure.startsWith("risks."));
  if (evidence.length === 0) return null;
  return (
    <Section title="Where the numbers come from" aside={plural(evidence.length, "figure")}>
      <div className="columns-1 gap-8 md:columns-2">
        {evidence.map((item) => (
          <details key={item.figure} className="break-inside-avoid border-t border-line py-1">
            <summary className="flex items-baseline justify-between gap-3 hover:text-accent">
              <span className="shrink-0">{figureTitle(item.figure)}</span>
              <span className="min-w-0 truncate text-sm text-faint" title={item.source}>
                {item.observed_at ? <Age at={item.observed_at} isLong /> : item.source}
              </span>
            </summary>
            <div className="flex flex-col gap-2 py-2">
              <p className="rounded-sm bg-sunken px-2 py-1.5 font-mono text-sm break-words">
                {item.formula}
              </p>
              <Inputs evidence={item} currency={record.currency} />
              <p className="text-sm text-muted">Source: {item.source}</p>
            </div>
          </details>
        ))}
      </div>
    </Section>
  );
}
