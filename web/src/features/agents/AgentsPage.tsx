import { useId, useState } from "react";
import { Section } from "@/components/Section";
import { Snippet } from "@/components/Snippet";
import { useTitle } from "@/lib/hooks";
import { httpCommand, httpConfig, stdioConfig } from "@/lib/mcp";

const TOOLS: readonly [string, string][] = [
  ["estimate_tokens", "what deciding some leads would cost; spends nothing"],
  ["decide_products", "verdict, most to pay, profit, time to sell; a dry run unless told"],
  ["find_leads", "what is decided already, filtered and sorted"],
  ["explain_decision", "why, and what would change it, with the facts behind every sentence"],
  ["market_history", "prices, ranks and counts at up to 60 moments"],
  ["portfolio", "what to buy, and how many, under a budget; buys nothing"],
  ["runs", "how far work has come, and what it has spent"],
];

/** How AI agents get at the decisions: configuration to copy, and what they may do. */
export function AgentsPage() {
  const [budget, setBudget] = useState(0);
  const field = useId();
  useTitle("Agents");
  return (
    <div className="mx-auto flex w-full max-w-180 flex-col gap-2 p-4">
      <h1 className="text-lg font-semibold">Agents</h1>
      <p className="mb-2 text-muted">
        AI agents that speak the Model Context Protocol get decisions with their evidence from this
        program. They buy nothing and change no policy.
      </p>
      <Section title="Tokens for each client">
        <label htmlFor={field} className="mb-1 block text-muted">
          Keepa tokens that a client may spend while its server runs; 0 only reads what is stored.
        </label>
        <input
          id={field}
          type="number"
          min={0}
          step={50}
          value={budget}
          onChange={(event) => setBudget(Math.max(0, Math.trunc(Number(event.target.value))))}
          className="h-8 w-28 rounded-md border border-line-strong bg-page px-2 tabular-nums"
        />
      </Section>
      <Section title="The client starts it">
        <Snippet label="Client configuration over standard input" text={stdioConfig(budget)} />
      </Section>
      <Section title="You start it, the client connects">
        <Snippet label="Command" text={httpCommand(budget)} />
        <Snippet label="Client configuration over HTTP" text={httpConfig()} />
      </Section>
      <Section title="What they may ask">
        <dl>
          {TOOLS.map(([name, what]) => (
            <div key={name} className="border-t border-line py-1.5 first:border-t-0 sm:flex">
              <dt className="w-44 shrink-0 font-mono text-sm">{name}</dt>
              <dd className="text-muted">{what}</dd>
            </div>
          ))}
        </dl>
      </Section>
    </div>
  );
}
