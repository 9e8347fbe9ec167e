import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { policiesQuery } from "@/api/queries";
import type { ScanOptions, ScanPreview } from "@/api/types";
import { Button } from "@/components/Button";
import { cx } from "@/lib/cx";
import { formatDuration, formatInteger, MISSING, plural } from "@/lib/format";

interface Props {
  preview: ScanPreview;
  options: ScanOptions;
  onOptions: (options: ScanOptions) => void;
  isStarting: boolean;
  onStart: () => void;
}

/** What the scan will cover and cost, and the button that starts it. */
export function EstimateBar({ preview, options, onOptions, isStarting, onStart }: Props) {
  const { estimate } = preview;
  const { data: policies } = useQuery(policiesQuery());
  const short = estimate.balance !== null && estimate.tokens > estimate.balance;
  const good = preview.rows - preview.bad_rows;
  return (
    <section aria-label="Before you start" className="mt-4 rounded-lg border border-line bg-sunken">
      <dl className="grid grid-cols-2 gap-px sm:grid-cols-4">
        <Stat name="Leads" value={formatInteger(preview.rows)}>
          {preview.bad_rows > 0 && (
            <span className="text-fail">{plural(preview.bad_rows, "bad row")}</span>
          )}
          {preview.bad_rows > 0 && preview.duplicates > 0 && " · "}
          {preview.duplicates > 0 && plural(preview.duplicates, "duplicate")}
        </Stat>
        <Stat name="Products" value={formatInteger(estimate.products)}>
          {formatInteger(estimate.stored)} stored, {formatInteger(estimate.to_fetch)} to fetch
        </Stat>
        <Stat name="Price" value={plural(estimate.tokens, "token")}>
          {estimate.balance !== null && (
            <span className={cx(short && "text-warn")}>
              {formatInteger(estimate.balance)} in hand{short && ": it will wait for more"}
            </span>
          )}
        </Stat>
        <Stat name="Takes about" value={durationText(estimate.minutes)}>
          {short ? "most of it waiting for tokens" : null}
        </Stat>
      </dl>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2 border-t border-line px-4 py-3">
        {policies && policies.items.length > 1 && (
          <label className="flex items-center gap-2 text-muted">
            Policy
            <select
              className="field"
              value={options.policy ?? policies.items[0]?.name}
              onChange={(event) => onOptions({ ...options, policy: event.target.value })}
            >
              {policies.items.map((policy) => (
                <option key={policy.name}>{policy.name}</option>
              ))}
            </select>
          </label>
        )}
        <label className="flex items-center gap-2 text-muted">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={options.offers ?? false}
            onChange={(event) => onOptions({ ...options, offers: event.target.checked })}
          />
          Fetch every live offer (sharper, costs more tokens)
        </label>
        <Button
          kind="primary"
          icon="play"
          className="ml-auto"
          disabled={isStarting || good <= 0}
          onClick={onStart}
        >
          Start · {plural(estimate.tokens, "token")}
        </Button>
      </div>
    </section>
  );
}

function durationText(minutes: number | null): string {
  if (minutes === null) return MISSING;
  return minutes < 0.1 ? "a few seconds" : formatDuration(minutes * 60);
}

function Stat({ name, value, children }: { name: string; value: string; children?: ReactNode }) {
  return (
    <div className="px-4 py-3">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="text-lg font-semibold">{value}</dd>
      <dd className="text-sm text-muted">{children}</dd>
    </div>
  );
}
