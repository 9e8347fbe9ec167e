import { useQuery } from "@tanstack/react-query";
import { policiesQuery } from "@/api/queries";
import type { DecisionRecord } from "@/api/types";
import { Icon } from "@/components/Icon";
import { Section } from "@/components/Section";
import { Segmented } from "@/components/Segmented";
import { TypedField } from "@/components/TypedField";
import { cx } from "@/lib/cx";
import { discounted, formatMoney, title, toMinor } from "@/lib/format";
import { useIsPhone } from "@/lib/hooks";
import { CONDITIONS, type ProductSearch } from "@/lib/search";

const DISCOUNTS = ["5", "10", "15", "20", "25", "30", "33", "40", "50", "60"] as const;
/** Three for the price of two. */
const THREE_FOR_TWO = "33";

interface Props {
  search: ProductSearch;
  record: DecisionRecord;
  onChange: (change: { [Key in keyof ProductSearch]?: string | undefined }) => void;
}

/** What the decision is asked for. A phone in a shop shows the cost; the rest waits behind it. */
export function Inputs(props: Props) {
  const { search, record } = props;
  const isPhone = useIsPhone();
  if (!isPhone) {
    return (
      <Section title="Your terms">
        <Amounts {...props} />
        <Discounts {...props} />
        <Terms {...props} />
      </Section>
    );
  }
  const terms = [
    title(search.condition ?? record.condition),
    (search.channel ?? record.channel).toUpperCase(),
    search.discount ? `${search.discount}% off` : "no discount",
  ];
  return (
    <section aria-label="Your terms">
      <Amounts {...props} />
      <details className="group mt-1">
        <summary className="flex items-center gap-1 py-1 text-muted">
          {terms.join(" · ")}
          <Icon name="chevronDown" size={12} className="group-open:rotate-180" />
        </summary>
        <Discounts {...props} />
        <Terms {...props} />
      </details>
    </section>
  );
}

function Amounts({ search, record, onChange }: Props) {
  return (
    <div className="grid grid-cols-2 gap-x-3 gap-y-2">
      <TypedField
        label="Unit cost"
        value={search.cost ?? ""}
        inputMode="decimal"
        hotkey="c"
        isValid={(text) => text === "" || toMinor(text, record.currency) !== null}
        onChange={(cost) => onChange({ cost: cost || undefined })}
      />
      <TypedField
        label="Quantity"
        value={search.quantity ?? String(record.quantity)}
        inputMode="numeric"
        isValid={(text) => /^[1-9]\d{0,5}$/.test(text)}
        onChange={(quantity) => onChange({ quantity })}
      />
    </div>
  );
}

function Discounts({ search, record, onChange }: Props) {
  const paid =
    search.cost && search.discount
      ? discounted(search.cost, Number(search.discount), record.currency)
      : null;
  return (
    <>
      <fieldset className="mt-2 grid grid-cols-5 gap-1" disabled={!search.cost}>
        <legend className="sr-only">Discount on the cost</legend>
        {DISCOUNTS.map((percent) => {
          const isChosen = search.discount === percent;
          return (
            <button
              key={percent}
              type="button"
              aria-pressed={isChosen}
              onClick={() => onChange({ discount: isChosen ? undefined : percent })}
              className={cx(
                "h-6 rounded-sm border px-0.5 text-xs whitespace-nowrap disabled:opacity-50",
                isChosen
                  ? "border-ink bg-hover font-medium"
                  : "border-line text-muted hover:bg-hover",
              )}
            >
              {percent === THREE_FOR_TWO ? "3 for 2" : `−${percent}%`}
            </button>
          );
        })}
      </fieldset>
      {paid && (
        <p className="mt-1 text-sm text-muted">
          Decided at {formatMoney(toMinor(paid, record.currency), record.currency)}, after{" "}
          {search.discount}% off
        </p>
      )}
    </>
  );
}

function Terms({ search, record, onChange }: Props) {
  const { data: policies } = useQuery(policiesQuery());
  return (
    <>
      <label className="mt-3 block">
        <span className="heading mb-1 block">Condition</span>
        <select
          className="field w-full"
          value={search.condition ?? record.condition}
          onChange={(event) => onChange({ condition: event.target.value })}
        >
          {CONDITIONS.map((condition) => (
            <option key={condition} value={condition}>
              {title(condition)}
            </option>
          ))}
        </select>
      </label>
      <div className="mt-3 flex items-end gap-3">
        <div>
          <span className="heading mb-1 block">Channel</span>
          <Segmented
            label="Channel"
            value={search.channel ?? record.channel}
            options={[
              { value: "fba", label: "FBA" },
              { value: "fbm", label: "FBM" },
            ]}
            onChange={(channel) => onChange({ channel })}
          />
        </div>
        {policies && policies.items.length > 1 && (
          <label className="min-w-0 flex-1">
            <span className="heading mb-1 block">Policy</span>
            <select
              className="field w-full"
              value={search.policy ?? record.policy?.name}
              onChange={(event) => onChange({ policy: event.target.value })}
            >
              {policies.items.map((policy) => (
                <option key={policy.name}>{policy.name}</option>
              ))}
            </select>
          </label>
        )}
      </div>
    </>
  );
}
