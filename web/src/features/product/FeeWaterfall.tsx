import type { ChannelFees } from "@/api/types";
import { cx } from "@/lib/cx";
import { feePairs } from "@/lib/fees";
import { formatMoney, title, words } from "@/lib/format";
import { type WaterfallStep, waterfall } from "@/lib/waterfall";
import { FeeLineCard } from "./FeeLineCard";

const NAMES: Record<string, string> = {
  price: "Sale price",
  net_proceeds: "Amazon pays out",
  landed_cost: "Landed cost",
  profit: "Profit",
  returns_allowance: "Returns allowance",
  fbm_shipping: "Your shipping",
};

const ROW = "grid grid-cols-[minmax(0,9rem)_minmax(0,1fr)_auto_auto] items-center gap-x-3 py-0.5";

interface Props {
  own: ChannelFees;
  other: ChannelFees | undefined;
  price: number;
  currency: string;
}

/** From the sale price over every fee to the profit, with the other channel beside it. */
export function FeeWaterfall({ own, other, price, currency }: Props) {
  const lines = new Map(feePairs(own, other).map((pair) => [pair.code, pair]));
  const steps = stepsOf(own, price);
  const beside = new Map(other && stepsOf(other, price).map((step) => [step.key, step]));
  const total = steps.findIndex((step) => step.key === "net_proceeds");
  const rows = [
    ...steps.slice(0, total).map((step) => ({ key: step.key, step })),
    ...[...lines.values()]
      .filter((pair) => pair.own === null)
      .map(({ code }) => ({ key: code, step: undefined })),
    ...steps.slice(total).map((step) => ({ key: step.key, step })),
  ];
  return (
    <>
      <div className={cx(ROW, "text-xs text-muted")}>
        <span>{own.size_tier ? words(own.size_tier) : "size not known"}</span>
        <span />
        <span className="w-18 text-right font-medium text-ink">{own.channel.toUpperCase()}</span>
        <span className="w-18 text-right">{other?.channel.toUpperCase()}</span>
      </div>
      <ul>
        {rows.map(({ key, step }) => {
          const line = lines.get(key)?.own ?? lines.get(key)?.other;
          const name = NAMES[key] ?? title(key);
          return (
            <li key={key} className={ROW}>
              {line ? (
                <FeeLineCard name={name} line={line} currency={currency} />
              ) : (
                <span className={cx(step?.kind === "total" && "font-medium")}>{name}</span>
              )}
              <Bar step={step} />
              <Amount step={step} currency={currency} isOwn />
              <Amount step={beside.get(key)} currency={currency} />
            </li>
          );
        })}
      </ul>
      <Unknown sheets={other ? [own, other] : [own]} />
    </>
  );
}

function stepsOf(sheet: ChannelFees, price: number): WaterfallStep[] {
  return waterfall({ ...sheet, price }, sheet.landed_cost, sheet.returns_allowance);
}

function Bar({ step }: { step: WaterfallStep | undefined }) {
  return (
    <span className="relative h-3" aria-hidden="true">
      {step && step.amount !== null && (
        <span
          className={cx("absolute inset-y-0 min-w-px rounded-xs", barColor(step))}
          style={{ left: `${step.start * 100}%`, width: `${(step.end - step.start) * 100}%` }}
        />
      )}
    </span>
  );
}

function Amount({
  step,
  currency,
  isOwn = false,
}: {
  step: WaterfallStep | undefined;
  currency: string;
  isOwn?: boolean;
}) {
  const isTotal = step?.kind === "total";
  const look = isOwn ? isTotal && "font-semibold" : "text-muted";
  return (
    <span className={cx("w-18 text-right", look, step?.amount === null && "text-unsure!")}>
      {step && amountText(step, currency)}
    </span>
  );
}

/** Why lines are unknown, each reason once. */
function Unknown({ sheets }: { sheets: ChannelFees[] }) {
  const reasons = new Map(
    sheets.flatMap((sheet) =>
      sheet.lines
        .filter((line) => line.amount === null)
        .map((line) => [line.reason, `${sheet.channel.toUpperCase()} ${words(line.code)}`]),
    ),
  );
  return [...reasons].map(([reason, name]) => (
    <p key={name} className="mt-1 text-sm text-unsure">
      {name} is not known: {reason}.
    </p>
  ));
}

function barColor(step: WaterfallStep): string {
  if (step.key === "profit") return (step.amount ?? 0) < 0 ? "bg-fail" : "bg-pass";
  return step.kind === "total" ? "bg-ink opacity-75" : "bg-faint opacity-50";
}

function amountText(step: WaterfallStep, currency: string): string {
  if (step.amount === null) return "unknown";
  if (step.kind === "minus") return `−${formatMoney(step.amount, currency)}`;
  if (step.kind === "plus") return `+${formatMoney(-step.amount, currency)}`;
  return formatMoney(step.amount, currency);
}
