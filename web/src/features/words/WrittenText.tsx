import { type ReactNode, useState } from "react";
import type { ClaimEvent, Explanation } from "@/api/types";
import { VerdictBadge } from "@/components/Verdict";
import { cx } from "@/lib/cx";
import { Author } from "./Author";
import { type Fact, factsOf, type Part, partsOf } from "./parts";

interface Props {
  claims: ClaimEvent[];
  written: Explanation | null;
  /** How a part that is about one of several products is headed: its title, perhaps as a link. */
  heading?: (title: string, asin: string) => ReactNode;
}

/** A text beside the facts that its sentences rest on, part by part. */
export function WrittenText({ claims, written, heading }: Props) {
  const facts = written?.facts ?? [];
  return (
    <div aria-live="polite" className="flex flex-col gap-4">
      {partsOf(claims, written).map((part) => (
        <PartText key={part.about} part={part} facts={factsOf(part, facts)} heading={heading} />
      ))}
      {written && (
        <div className="border-t border-line pt-2">
          <Author
            model={written.model}
            whyTemplate={written.why_template}
            isCached={written.cached}
          />
        </div>
      )}
    </div>
  );
}

interface PartProps {
  part: Part;
  facts: Fact[];
  heading: Props["heading"];
}

function PartText({ part, facts, heading }: PartProps) {
  const [marked, setMarked] = useState<string | null>(null);
  const places = new Map(facts.map((fact, at) => [fact.id, at + 1]));
  const mark = (id: string) => {
    setMarked(id);
    document.getElementById(idOf(part, id))?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div className="grid gap-x-8 gap-y-1 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="min-w-0">
        {part.title && (
          <h3 className="mb-1 flex items-center gap-2 font-semibold">
            {part.asin !== null && part.verdict && <VerdictBadge verdict={part.verdict} />}
            <span className="min-w-0 truncate">
              {part.asin !== null && heading ? heading(part.title, part.asin) : part.title}
            </span>
          </h3>
        )}
        {part.claims.map((claim) => (
          <p key={claim.text} className="py-0.5 break-words">
            {claim.text}{" "}
            {claim.facts.map(
              (id) =>
                places.has(id) && (
                  <button
                    key={id}
                    type="button"
                    aria-label={`Fact ${places.get(id)}`}
                    onClick={() => mark(id)}
                    className="mr-0.5 rounded-xs bg-sunken px-1 text-xs text-muted hover:text-ink"
                  >
                    {places.get(id)}
                  </button>
                ),
            )}
          </p>
        ))}
      </div>
      {facts.length > 0 && <Facts part={part} facts={facts} marked={marked} />}
    </div>
  );
}

const idOf = (part: Part, fact: string) => `fact-${part.about}-${fact}`;

interface FactsProps {
  part: Part;
  facts: Fact[];
  marked: string | null;
}

function Facts({ part, facts, marked }: FactsProps) {
  return (
    <ol aria-label={`Facts: ${part.title ?? part.about}`} className="min-w-0 text-sm">
      {facts.map((fact, place) => (
        <li
          key={fact.id}
          id={idOf(part, fact.id)}
          className={cx(
            "grid grid-cols-[1.5rem_minmax(0,1fr)] gap-x-1 rounded-xs px-1 py-0.5",
            fact.id === marked && "bg-sunken",
          )}
        >
          <span className="text-muted">{place + 1}</span>
          <span className="break-words">
            <span className="text-muted">{fact.label}: </span>
            {fact.text}
          </span>
        </li>
      ))}
    </ol>
  );
}
