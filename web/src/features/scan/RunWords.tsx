import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ExplanationRequest, Run } from "@/api/types";
import { Button, IconButton } from "@/components/Button";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useWriting } from "@/features/words/useWriting";
import { WrittenText } from "@/features/words/WrittenText";
import { ShortlistChoice } from "./ShortlistChoice";
import { DEFAULT_CHOICE, shortlistRequest } from "./shortlist";

/** A run in words: the best of it with reasons, or what its day came to. */
export function RunWords({ run }: { run: Run }) {
  const [choice, setChoice] = useState(DEFAULT_CHOICE);
  const [asked, setAsked] = useState<ExplanationRequest | null>(null);
  const text = useWriting(run.id);
  const day = run.created_at.slice(0, 10); // UTC, as the digest counts days
  const write = (request: ExplanationRequest) => {
    setAsked(request);
    text.write(request);
  };
  const isOpen = text.isWriting || text.written || text.problem;
  return (
    <section aria-label="In words" className="border-b border-line">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2 md:px-4">
        <ShortlistChoice choice={choice} onChange={setChoice} />
        <Button onClick={() => write(shortlistRequest(run.id, choice))} disabled={text.isWriting}>
          Shortlist
        </Button>
        <Button
          kind="quiet"
          onClick={() => write({ use: "digest", day })}
          disabled={text.isWriting}
        >
          Digest of {day}
        </Button>
        {isOpen && (
          <IconButton
            icon="close"
            label="Close the text"
            className="ml-auto"
            onClick={text.clear}
          />
        )}
      </div>
      {isOpen && (
        <div className="max-h-[50dvh] overflow-y-auto border-t border-line px-3 py-3 md:px-4">
          {text.isWriting && text.claims.length === 0 && <p className="text-muted">Writing…</p>}
          {text.problem && (
            <ProblemNotice error={text.problem} onRetry={() => asked && write(asked)} />
          )}
          <WrittenText
            claims={text.claims}
            written={text.written}
            heading={(title, asin) => (
              <Link
                to="/product/$marketplace/$asin"
                params={{ marketplace: run.marketplace, asin }}
                className="hover:underline"
              >
                {title}
              </Link>
            )}
          />
        </div>
      )}
    </section>
  );
}
