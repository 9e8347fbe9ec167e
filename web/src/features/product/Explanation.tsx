import { useEffect, useRef, useState } from "react";
import { type ClaimEvent, explainProduct } from "@/api/explain";
import { type Problem, toProblem } from "@/api/problem";
import type { ProductInputs, Explanation as Written } from "@/api/types";
import { Button } from "@/components/Button";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Section } from "@/components/Section";
import { cx } from "@/lib/cx";

interface Props {
  marketplace: string;
  asin: string;
  inputs: ProductInputs;
}

/** The decision in words, beside the facts that every sentence rests on. Written when asked for. */
export function Explanation({ marketplace, asin, inputs }: Props) {
  const [claims, setClaims] = useState<ClaimEvent[]>([]);
  const [written, setWritten] = useState<Written | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isWriting, setIsWriting] = useState(false);
  const [marked, setMarked] = useState<string | null>(null);
  const call = useRef<AbortController | null>(null);
  const about = JSON.stringify([marketplace, asin, inputs]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was written is about other inputs
  useEffect(() => {
    setClaims([]);
    setWritten(null);
    setProblem(null);
    setIsWriting(false);
    return () => call.current?.abort();
  }, [about]);

  const write = async () => {
    const controller = new AbortController();
    call.current = controller;
    setClaims([]);
    setWritten(null);
    setProblem(null);
    setIsWriting(true);
    const handlers = {
      onClaim: (claim: ClaimEvent) => setClaims((before) => [...before, claim]),
      onWithdrawn: () => setClaims([]),
    };
    try {
      setWritten(await explainProduct(marketplace, asin, inputs, handlers, controller.signal));
    } catch (error) {
      if (!controller.signal.aborted) setProblem(toProblem(error));
    } finally {
      if (!controller.signal.aborted) setIsWriting(false);
    }
  };

  const numbers = new Map(written?.facts.map((fact, place) => [fact.id, place + 1]));
  const mark = (id: string) => {
    setMarked(id);
    document.getElementById(`fact-${id}`)?.scrollIntoView({ block: "nearest" });
  };

  return (
    <Section
      title="In words"
      aside={
        <Button kind="quiet" onClick={() => void write()} disabled={isWriting}>
          {isWriting ? "Writing…" : written ? "Write again" : "Explain"}
        </Button>
      }
    >
      {problem && <ProblemNotice error={problem} onRetry={() => void write()} />}
      {!written && !problem && claims.length === 0 && (
        <p className="text-muted">
          Why the verdict came out as it did and what would change it, in sentences whose every
          figure is checked against the facts.
        </p>
      )}
      <div
        aria-live="polite"
        className="grid gap-x-8 gap-y-3 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]"
      >
        <div className="flex flex-col gap-3">
          {partsOf(claims, written).map((part) => (
            <div key={part.about}>
              {part.title && <h3 className="mb-1 font-semibold">{part.title}</h3>}
              {part.claims.map((claim) => (
                <p key={claim.text} className="py-0.5 break-words">
                  {claim.text}{" "}
                  {claim.facts.map(
                    (id) =>
                      numbers.has(id) && (
                        <button
                          key={id}
                          type="button"
                          aria-label={`Fact ${numbers.get(id)}`}
                          onClick={() => mark(id)}
                          className="mr-0.5 rounded-xs bg-sunken px-1 text-xs text-muted hover:text-ink"
                        >
                          {numbers.get(id)}
                        </button>
                      ),
                  )}
                </p>
              ))}
            </div>
          ))}
        </div>
        {written && <Facts facts={written.facts} marked={marked} />}
      </div>
      {written && <Author written={written} />}
    </Section>
  );
}

interface Part {
  about: string;
  title: string | null;
  claims: Pick<ClaimEvent, "text" | "facts">[];
}

/** The finished parts, or the claims that have come so far. */
function partsOf(claims: ClaimEvent[], written: Written | null): Part[] {
  if (written) return written.parts;
  const abouts = [...new Set(claims.map((claim) => claim.about))];
  return abouts.map((about) => ({
    about,
    title: null,
    claims: claims.filter((claim) => claim.about === about),
  }));
}

function Facts({ facts, marked }: { facts: Written["facts"]; marked: string | null }) {
  return (
    <ol aria-label="Facts" className="text-sm">
      {facts.map((fact, place) => (
        <li
          key={fact.id}
          id={`fact-${fact.id}`}
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

/** Who wrote it; where it was the template, why no language model did. */
function Author({ written }: { written: Written }) {
  return (
    <p className="mt-3 border-t border-line pt-2 text-sm text-muted">
      {written.author === "model"
        ? `Written by ${written.model}${written.cached ? ", earlier" : ""}; every figure was checked.`
        : `Written by the template. ${written.why_template?.text ?? ""}`}
    </p>
  );
}
