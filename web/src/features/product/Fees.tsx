import { useQuery } from "@tanstack/react-query";
import { feesQuery } from "@/api/queries";
import type { ChannelFees, DecisionRecord, FeeLine, ProductFees, ProductInputs } from "@/api/types";
import { Button } from "@/components/Button";
import { Loading } from "@/components/Loading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Section } from "@/components/Section";
import { TypedField } from "@/components/TypedField";
import { cx } from "@/lib/cx";
import { agrees, comparisonText } from "@/lib/fees";
import {
  formatMoney,
  formatSignedMoney,
  MISSING,
  title,
  toDecimal,
  toMinor,
  words,
} from "@/lib/format";
import type { ProductSearch } from "@/lib/search";
import { FeeWaterfall } from "./FeeWaterfall";

interface Props {
  record: DecisionRecord;
  inputs: ProductInputs;
  search: ProductSearch;
  onChange: (change: { [Key in keyof ProductSearch]?: string | undefined }) => void;
}

/** Every fee of one unit by either channel, at the price and on the day that the reader chooses. */
export function Fees({ record, inputs, search, onChange }: Props) {
  const { price, on } = search;
  const { cost, condition, quantity, policy } = inputs;
  const { data, error, refetch, isFetching, isPlaceholderData } = useQuery(
    feesQuery(record.marketplace, record.asin, { cost, condition, quantity, policy, price, on }),
  );
  const isAsked = price !== undefined || on !== undefined;
  return (
    <Section
      title="Fees"
      aside={
        isAsked ? (
          <Button kind="quiet" onClick={() => onChange({ price: undefined, on: undefined })}>
            As decided
          </Button>
        ) : (
          "at the middle resale price"
        )
      }
    >
      <WhatIf data={data} currency={record.currency} search={search} onChange={onChange} />
      {error && (
        <ProblemNotice error={error} onRetry={() => void refetch()} isRetrying={isFetching} />
      )}
      {!data && !error && <Loading lines={6} />}
      {data && (
        <div className={cx(isPlaceholderData && "opacity-60")}>
          <Sheets fees={data} channel={search.channel ?? record.channel} />
        </div>
      )}
    </Section>
  );
}

function WhatIf({
  data,
  currency,
  search,
  onChange,
}: Pick<Props, "search" | "onChange"> & { data: ProductFees | undefined; currency: string }) {
  const shown = data ? toDecimal(data.price, currency) : "";
  return (
    <div className="mb-3 grid max-w-100 grid-cols-2 gap-x-3">
      <TypedField
        label="If it sells for"
        value={search.price ?? shown}
        inputMode="decimal"
        isValid={(text) => text === "" || toMinor(text, currency) !== null}
        onChange={(text) => onChange({ price: text || undefined })}
      />
      <label className="block">
        <span className="heading mb-1 block">and ships on</span>
        <input
          type="date"
          className="field w-full"
          value={search.on ?? data?.on ?? ""}
          onChange={(event) => onChange({ on: event.target.value || undefined })}
        />
      </label>
    </div>
  );
}

function Sheets({ fees, channel }: { fees: ProductFees; channel: string }) {
  const own = fees.sheets.find((sheet) => sheet.channel === channel) ?? fees.sheets[0];
  if (!own) return null;
  const other = fees.sheets.find((sheet) => sheet !== own);
  return (
    <>
      <SizeNote sheet={own} />
      <FeeWaterfall own={own} other={other} price={fees.price} currency={fees.currency} />
      <Answers own={own} other={other} currency={fees.currency} />
      <Jumps sheet={own} currency={fees.currency} />
      <Failed sheet={own} currency={fees.currency} />
      <ul className="mt-2 text-sm">
        {fees.keepa.map((comparison) => (
          <li
            key={comparison.fee}
            className={agrees(comparison) === false ? "text-warn" : "text-muted"}
          >
            {agrees(comparison) === false && <strong>Differs: </strong>}
            {comparisonText(comparison, fees.currency)} ({comparison.on})
          </li>
        ))}
      </ul>
    </>
  );
}

/** What the fees come to: the lowest prices that break even and that reach the targets. */
function Answers({
  own,
  other,
  currency,
}: {
  own: ChannelFees;
  other: ChannelFees | undefined;
  currency: string;
}) {
  if (own.landed_cost === null) return null;
  const rows = [
    { name: "Breaks even from", of: (sheet: ChannelFees) => sheet.breakeven_price },
    { name: "Reaches your targets from", of: (sheet: ChannelFees) => sheet.target_price },
  ];
  return (
    <dl className="mt-2 border-t border-line pt-2">
      {rows.map(({ name, of }) => (
        <div key={name} className="flex gap-3 py-0.5">
          <dt className="flex-1 text-muted">{name}</dt>
          <dd className="w-18 text-right">{formatMoney(of(own), currency)}</dd>
          {other && (
            <dd className="w-18 text-right text-muted">{formatMoney(of(other), currency)}</dd>
          )}
        </div>
      ))}
    </dl>
  );
}

/** Measures that are missing or cannot be right, with what serves instead or the least estimate. */
function SizeNote({ sheet }: { sheet: ChannelFees }) {
  if (!sheet.sizing?.text) return null;
  const isAbsurd = sheet.sizing.status === "implausible";
  return (
    <p className={cx("mb-2 text-sm", isAbsurd ? "text-warn" : "text-unsure")}>
      <strong>{isAbsurd ? "Check the size: " : "Size not known: "}</strong>
      {sheet.sizing.text}
    </p>
  );
}

/** What a full refund costs beside the price, and what the removal of a unit costs. */
function Failed({ sheet, currency }: { sheet: ChannelFees; currency: string }) {
  const { refund, removal } = sheet;
  return (
    <details className="mt-2 text-sm text-muted">
      <summary className="py-0.5">
        A full refund costs{" "}
        {refund.cost === null ? "an unknown fee" : formatMoney(refund.cost, currency)}
        {removal && `, a removal ${feeText(removal, currency)}`}
      </summary>
      <ul className="pl-4">
        {[...refund.lines, ...(removal ? [removal] : [])].map((line) => (
          <li key={line.code}>
            {title(line.code)}: {feeText(line, currency)}
            {line.reason && ` (${line.reason})`}
          </li>
        ))}
      </ul>
    </details>
  );
}

function feeText(line: FeeLine, currency: string): string {
  return line.amount === null ? "not known" : formatMoney(line.amount, currency);
}

/** Prices at which more or less is left than a cent before. */
function Jumps({ sheet, currency }: { sheet: ChannelFees; currency: string }) {
  if (sheet.jumps.length === 0) return null;
  return (
    <details className="mt-2 text-sm text-muted">
      <summary className="py-0.5">
        Fees jump at {sheet.jumps.map((jump) => formatMoney(jump.price, currency)).join(", ")}
      </summary>
      <ul className="pl-4">
        {sheet.jumps.map((jump) => (
          <li key={jump.price}>
            From {formatMoney(jump.price, currency)} on, {formatSignedMoney(jump.change, currency)}{" "}
            is left: {jump.codes.map(words).join(", ") || MISSING}
          </li>
        ))}
      </ul>
      <p>{sheet.channel.toUpperCase()} on this day; the nearest to the price are shown.</p>
    </details>
  );
}
