import type { DecisionRecord } from "@/api/types";
import { Popover } from "@/components/Popover";
import { Section } from "@/components/Section";
import { cx } from "@/lib/cx";
import { formatInput } from "@/lib/evidence";
import { formatMoney, MISSING, title, words } from "@/lib/format";
import { type WaterfallStep, waterfall } from "@/lib/waterfall";

const NAMES: Record<string, string> = {
  price: "Sale price",
  net_proceeds: "Amazon pays out",
  landed_cost: "Landed cost",
  profit: "Profit",
  returns_allowance: "Returns allowance",
};

/** From the sale price over every fee to the profit. */
export function FeeWaterfall({ record }: { record: DecisionRecord }) {
  const { fees, currency } = record;
  if (!fees) {
    return (
      <Section title="Fees">
        <p className="text-muted">
          {record.reasons?.find((reason) => reason.code === "fees")?.text ??
            "Fees need a resale price, and there is none."}
        </p>
      </Section>
    );
  }
  const steps = waterfall(fees, record.landed_cost, record.returns_allowance);
  const facts = [fees.channel.toUpperCase(), fees.size_tier && words(fees.size_tier), fees.on];
  return (
    <Section title="Fees at the middle resale price" aside={facts.filter(Boolean).join(" · ")}>
      <ul>
        {steps.map((step) => (
          <li
            key={step.key}
            className="grid grid-cols-[minmax(0,9rem)_minmax(0,1fr)_auto] items-center gap-3 py-0.5"
          >
            <StepName step={step} record={record} />
            <span className="relative h-3" aria-hidden="true">
              <span
                className={cx("absolute inset-y-0 min-w-px rounded-xs", barColor(step))}
                style={{ left: `${step.start * 100}%`, width: `${(step.end - step.start) * 100}%` }}
              />
            </span>
            <span className={cx("w-18 text-right", step.kind === "total" && "font-semibold")}>
              {amountText(step, currency)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function StepName({ step, record }: { step: WaterfallStep; record: DecisionRecord }) {
  const line = record.fees?.lines.find((item) => item.code === step.key);
  const name = NAMES[step.key] ?? title(step.key);
  if (!line) return <span className={cx(step.kind === "total" && "font-medium")}>{name}</span>;
  return (
    <Popover
      label={`${name}: how it is computed`}
      triggerClass="truncate underline decoration-1 decoration-line-strong decoration-dotted underline-offset-3 hover:decoration-accent"
      trigger={name}
    >
      <h3 className="mb-1 font-semibold">{name}</h3>
      {line.reason && <p className="mb-2 text-unsure">{line.reason}</p>}
      <p className="mb-2 rounded-sm bg-sunken px-2 py-1.5 font-mono text-sm break-words">
        {line.rule}
      </p>
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 text-sm [&_dt]:text-muted">
        {Object.entries(line.inputs).map(([key, value]) => (
          <div key={key} className="col-span-2 grid grid-cols-subgrid">
            <dt>{words(key)}</dt>
            <dd className="text-right">{formatInput("fees", key, value, record.currency)}</dd>
          </div>
        ))}
      </dl>
      {record.rate_card && <p className="mt-2 text-xs text-faint">Rate card {record.rate_card}</p>}
    </Popover>
  );
}

function barColor(step: WaterfallStep): string {
  if (step.key === "profit") return (step.amount ?? 0) < 0 ? "bg-fail" : "bg-pass";
  return step.kind === "total" ? "bg-ink opacity-75" : "bg-faint opacity-50";
}

function amountText(step: WaterfallStep, currency: string): string {
  if (step.amount === null) return MISSING;
  if (step.kind === "minus") return `−${formatMoney(step.amount, currency)}`;
  if (step.kind === "plus") return `+${formatMoney(-step.amount, currency)}`;
  return formatMoney(step.amount, currency);
}
