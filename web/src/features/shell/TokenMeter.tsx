import type { TokenState } from "@/api/types";
import { Popover } from "@/components/Popover";
import { formatCountdown, formatInteger, formatNumber } from "@/lib/format";
import { useNow } from "@/lib/hooks";

/** Keepa tokens: how many there are, how fast they come, and when the next ones do. */
export function TokenMeter({ tokens }: { tokens: TokenState }) {
  const now = useNow(1_000);
  const refill = tokens.next_refill_at ? (Date.parse(tokens.next_refill_at) - now) / 1_000 : null;
  const isFull =
    tokens.balance !== null && tokens.capacity !== null && tokens.balance >= tokens.capacity;
  const share =
    tokens.balance === null || !tokens.capacity
      ? null
      : Math.min(1, Math.max(0, tokens.balance / tokens.capacity));
  const countdown = !isFull && refill !== null && refill > 0 ? formatCountdown(refill) : null;

  return (
    <Popover
      label="Tokens"
      triggerClass="rounded-md px-1.5 py-1 hover:bg-hover"
      trigger={
        <span className="flex items-center gap-2 whitespace-nowrap">
          {share !== null && (
            <span className="relative hidden h-1.5 w-12 overflow-hidden rounded-full bg-line sm:block">
              <span
                className={`absolute inset-y-0 left-0 rounded-full ${share < 0.1 ? "bg-warn" : "bg-muted"}`}
                style={{ width: `${share * 100}%` }}
              />
            </span>
          )}
          <span>
            <b className="font-semibold">{formatInteger(tokens.balance)}</b>
            <span className="text-muted"> tokens</span>
          </span>
          {countdown && (
            <span
              className="hidden w-8 text-right text-faint lg:inline"
              title="Until the next refill"
            >
              {countdown}
            </span>
          )}
        </span>
      }
    >
      <p className="mb-2 font-semibold">Keepa tokens</p>
      <dl className="grid grid-cols-[1fr_auto] gap-y-1 text-muted [&_dd]:text-right [&_dd]:text-ink">
        <dt>Balance</dt>
        <dd>{formatInteger(tokens.balance)}</dd>
        <dt>At most</dt>
        <dd>{formatInteger(tokens.capacity)}</dd>
        <dt>Refill per minute</dt>
        <dd>{formatNumber(tokens.refill_per_minute)}</dd>
        <dt>Next refill in</dt>
        <dd>{isFull ? "full" : (countdown ?? "now")}</dd>
        <dt>Reserved by runs</dt>
        <dd>{formatInteger(tokens.reserved)}</dd>
        <dt>Spent today</dt>
        <dd>{formatInteger(tokens.spent_today)}</dd>
      </dl>
    </Popover>
  );
}
