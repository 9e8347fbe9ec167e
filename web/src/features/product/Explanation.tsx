import type { ExplanationRequest, ProductInputs } from "@/api/types";
import { Button } from "@/components/Button";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Section } from "@/components/Section";
import { useWriting } from "@/features/words/useWriting";
import { WrittenText } from "@/features/words/WrittenText";

interface Props {
  marketplace: string;
  asin: string;
  inputs: ProductInputs;
}

/** The decision in words, beside the facts that every sentence rests on. Written when asked for. */
export function Explanation({ marketplace, asin, inputs }: Props) {
  const { cost = null, condition = null, channel = null, quantity = null, policy } = inputs;
  const terms = { marketplace, asin, cost, condition, channel, quantity };
  const asked: ExplanationRequest = { use: "why", product: policy ? { ...terms, policy } : terms };
  const text = useWriting(JSON.stringify(asked));
  const write = () => text.write(asked);
  return (
    <Section
      title="In words"
      aside={
        <Button kind="quiet" onClick={write} disabled={text.isWriting}>
          {text.isWriting ? "Writing…" : text.written ? "Write again" : "Explain"}
        </Button>
      }
    >
      {text.problem && <ProblemNotice error={text.problem} onRetry={write} />}
      {!text.written && !text.problem && text.claims.length === 0 && (
        <p className="text-muted">
          Why the verdict came out as it did and what would change it, in sentences whose every
          figure is checked against the facts.
        </p>
      )}
      <WrittenText claims={text.claims} written={text.written} />
    </Section>
  );
}
