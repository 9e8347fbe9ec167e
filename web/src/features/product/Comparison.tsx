import { useState } from "react";
import type { DecisionRow } from "@/api/types";
import { Button } from "@/components/Button";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Section } from "@/components/Section";
import { useWriting } from "@/features/words/useWriting";
import { WrittenText } from "@/features/words/WrittenText";
import { DecisionChoice } from "./DecisionChoice";
import { leadText } from "./leadText";

/** This product's newest lead beside another product's: what sets them apart, in words. */
export function Comparison({ leads }: { leads: DecisionRow[] }) {
  const [one, setOne] = useState<number | null>(null);
  const [other, setOther] = useState<number | null>(null);
  const mine = leads.filter((lead) => lead.id !== null && !lead.error);
  const chosen = mine.find((lead) => lead.id === one) ?? mine[0];
  const text = useWriting(`${chosen?.id}-${other}`);
  if (!chosen) return null;
  const write = () => {
    if (other !== null) text.write({ use: "comparison", one: chosen.id, other });
  };
  return (
    <Section title="Compare with another product">
      <div className="mb-3 flex flex-wrap items-end gap-x-4 gap-y-2">
        {mine.length > 1 && (
          <label className="min-w-0">
            <span className="heading mb-1 block">This lead</span>
            <select
              value={chosen.id}
              onChange={(event) => setOne(Number(event.target.value))}
              className="field max-w-full"
            >
              {mine.map((lead) => (
                <option key={lead.id} value={lead.id}>
                  {leadText(lead)}
                </option>
              ))}
            </select>
          </label>
        )}
        <DecisionChoice exceptAsin={chosen.asin} value={other} onChange={setOther} />
        <Button onClick={write} disabled={other === null || text.isWriting}>
          {text.isWriting ? "Writing…" : "Compare"}
        </Button>
      </div>
      {text.problem && <ProblemNotice error={text.problem} onRetry={write} />}
      <WrittenText claims={text.claims} written={text.written} />
    </Section>
  );
}
