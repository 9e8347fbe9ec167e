import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { seriesQuery } from "@/api/queries";
import type { DecisionRecord, ProductInputs } from "@/api/types";
import { Loading } from "@/components/Loading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Section } from "@/components/Section";
import { Segmented } from "@/components/Segmented";
import { useHotkeys } from "@/lib/hotkeys";

const HistoryChart = lazy(async () => ({
  default: (await import("@/charts/HistoryChart")).HistoryChart,
}));

const RANGES = [
  { value: "30", label: "30 d" },
  { value: "90", label: "90 d" },
  { value: "365", label: "1 y" },
  { value: "all", label: "All" },
] as const;

export type Range = (typeof RANGES)[number]["value"];

interface Props {
  record: DecisionRecord;
  inputs: ProductInputs;
  range: Range;
  onRange: (range: Range) => void;
}

/** The history chart with its ranges; the same as a table on demand. */
export function History({ record, inputs, range, onRange }: Props) {
  const [isTable, setIsTable] = useState(false);
  // The first year comes at once; what lies further back only when it is asked for.
  const days = range === "all" ? undefined : 365;
  const series = useQuery(seriesQuery(record.marketplace, record.asin, days, inputs));
  const step = (by: number) => {
    const index = RANGES.findIndex((item) => item.value === range);
    const next = RANGES[Math.min(RANGES.length - 1, Math.max(0, index + by))];
    if (next) onRange(next.value);
  };
  useHotkeys({ "[": () => step(-1), "]": () => step(1) });

  return (
    <Section
      title="History"
      aside={
        <div className="flex items-center gap-2">
          <Segmented
            label="Show as"
            value={isTable ? "table" : "chart"}
            options={[
              { value: "chart", label: "Chart" },
              { value: "table", label: "Table" },
            ]}
            onChange={(shape) => setIsTable(shape === "table")}
          />
          <Segmented label="Range" value={range} options={RANGES} onChange={onRange} />
        </div>
      }
    >
      {series.error && <ProblemNotice error={series.error} onRetry={() => void series.refetch()} />}
      {series.data && Object.keys(series.data.series).length === 0 && (
        <p className="text-muted">No history is stored for this product.</p>
      )}
      <div className="min-h-126">
        <Suspense fallback={<Loading />}>
          {series.data && Object.keys(series.data.series).length > 0 && (
            <HistoryChart
              view={series.data}
              currency={record.currency}
              days={range === "all" ? null : Number(range)}
              origin={record.resale_basis?.price ?? null}
              isTable={isTable}
            />
          )}
        </Suspense>
      </div>
    </Section>
  );
}
