import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { policiesQuery } from "@/api/queries";
import type { DecisionRecord } from "@/api/types";
import { Section } from "@/components/Section";
import { Segmented } from "@/components/Segmented";
import { cx } from "@/lib/cx";
import { discounted, formatMoney, title, toMinor } from "@/lib/format";
import { useDebounced } from "@/lib/hooks";
import { useHotkeys } from "@/lib/hotkeys";
import { CONDITIONS, type ProductSearch } from "@/lib/search";

const DISCOUNTS = ["10", "20", "25", "30", "40", "50"] as const;

interface Props {
  search: ProductSearch;
  record: DecisionRecord;
  onChange: (change: { [Key in keyof ProductSearch]?: string | undefined }) => void;
}

/** What the decision is asked for: cost, discount, quantity, condition, channel and policy. */
export function Inputs({ search, record, onChange }: Props) {
  const { data: policies } = useQuery(policiesQuery());
  const off =
    search.cost && search.discount
      ? discounted(search.cost, Number(search.discount), record.currency)
      : null;
  return (
    <Section title="Your terms">
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
      <fieldset className="mt-2 flex flex-wrap gap-1" disabled={!search.cost}>
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
                "h-6 flex-1 rounded-sm border px-1 text-sm disabled:opacity-50",
                isChosen
                  ? "border-ink bg-hover font-medium"
                  : "border-line text-muted hover:bg-hover",
              )}
            >
              −{percent}%
            </button>
          );
        })}
      </fieldset>
      {off && (
        <p className="mt-1 text-sm text-muted">
          Decided at {formatMoney(toMinor(off, record.currency), record.currency)} after{" "}
          {search.discount}% off
        </p>
      )}
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
    </Section>
  );
}

interface TypedFieldProps {
  label: string;
  value: string;
  inputMode: "decimal" | "numeric";
  hotkey?: string;
  isValid: (text: string) => boolean;
  onChange: (text: string) => void;
}

/** A number that is typed: applied when it rests and makes sense, marked while it does not. */
function TypedField({ label, value, inputMode, hotkey, isValid, onChange }: TypedFieldProps) {
  const [text, setText] = useState(value);
  const settled = useDebounced(text, 350);
  const input = useRef<HTMLInputElement>(null);
  const applied = useRef(value);
  const act = useRef({ isValid, onChange });
  useEffect(() => {
    act.current = { isValid, onChange };
  });

  useEffect(() => {
    const trimmed = settled.trim();
    if (trimmed === applied.current || !act.current.isValid(trimmed)) return;
    applied.current = trimmed;
    act.current.onChange(trimmed);
  }, [settled]);

  useEffect(() => {
    if (value === applied.current) return;
    applied.current = value;
    setText(value);
  }, [value]);

  useHotkeys({ [hotkey ?? ""]: () => input.current?.select() }, hotkey !== undefined);
  const isWrong = !isValid(text.trim());
  return (
    <label className="block">
      <span className="heading mb-1 block">{label}</span>
      <input
        ref={input}
        value={text}
        inputMode={inputMode}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && input.current?.blur()}
        aria-invalid={isWrong}
        placeholder={inputMode === "decimal" ? "0.00" : "1"}
        className={cx("field w-full", isWrong && "border-fail!")}
      />
    </label>
  );
}
