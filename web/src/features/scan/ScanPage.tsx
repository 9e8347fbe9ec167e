import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { previewScan, type ScanSource, startScan } from "@/api/endpoints";
import { toProblem } from "@/api/problem";
import { keys, statusQuery } from "@/api/queries";
import type { LeadField, ScanOptions } from "@/api/types";
import { Loading } from "@/components/Loading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Section } from "@/components/Section";
import { useTitle } from "@/lib/hooks";
import { ColumnMapping } from "./ColumnMapping";
import { EstimateBar } from "./EstimateBar";
import { PreviewTable } from "./PreviewTable";
import { RunList } from "./RunList";
import { SourceHelp } from "./SourceHelp";
import { SourceInput } from "./SourceInput";

/** What tells one source from another, for the query cache. */
function sourceKey(source: ScanSource | null) {
  if (source?.kind !== "file") return source;
  const { name, size, lastModified } = source.file;
  return { name, size, lastModified, columns: source.columns };
}

export function ScanPage() {
  useTitle("Scan");
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: status } = useQuery(statusQuery());
  const [source, setSource] = useState<ScanSource | null>(null);
  const [choice, setChoice] = useState<ScanOptions>({});
  const options: ScanOptions = { marketplace: status?.marketplace, ...choice };

  const preview = useQuery({
    queryKey: ["scan-preview", sourceKey(source), options],
    queryFn: ({ signal }) => {
      if (!source) throw new Error("There is nothing to preview.");
      return previewScan(source, options, signal);
    },
    enabled: source !== null,
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  const start = useMutation({
    mutationFn: (from: ScanSource) => startScan(from, options),
    onSuccess: (run) => {
      client.setQueryData(keys.run(run.id), run);
      void client.invalidateQueries({ queryKey: keys.status });
      void client.invalidateQueries({ queryKey: [...keys.runs, "list"] });
      return navigate({ to: "/scan/$runId", params: { runId: run.id } });
    },
  });

  const setColumns = (columns: Partial<Record<LeadField, string>>) => {
    if (source?.kind === "file") setSource({ ...source, columns });
  };
  const shown = source ? preview.data : undefined;
  const unknown = preview.error ? toProblem(preview.error).columns : [];
  const isFile = source?.kind === "file";

  return (
    <div className="mx-auto grid min-h-full max-w-[1240px] content-start gap-x-10 lg:content-stretch px-3 md:px-6 lg:grid-cols-[minmax(0,1fr)_280px]">
      <div className="min-w-0 py-4">
        <h1 className="text-xl font-semibold">Scan</h1>
        <p className="mb-4 text-md text-muted">
          Turn a supplier's list into decisions. Nothing is spent before you press start.
        </p>
        <SourceInput source={source} onChange={setSource} />
        {!source && <SourceHelp />}
        {preview.error && source && (
          <div className="mt-4">
            <ProblemNotice error={preview.error} onRetry={() => void preview.refetch()} />
            {isFile && unknown.length > 0 && (
              <ColumnMapping columns={unknown} onChange={setColumns} />
            )}
          </div>
        )}
        {source && preview.isPending && <Loading lines={5} label="Reading the leads" />}
        {shown && source && !preview.error && (
          <div className={preview.isPlaceholderData ? "opacity-60" : undefined}>
            <EstimateBar
              preview={shown}
              options={options}
              onOptions={setChoice}
              isStarting={start.isPending || preview.isFetching}
              onStart={() => start.mutate(source)}
            />
            {start.error && (
              <ProblemNotice error={start.error} onRetry={() => start.mutate(source)} />
            )}
            {isFile && <ColumnMapping columns={shown.columns} onChange={setColumns} />}
            <PreviewTable preview={shown} isFirst={!isFile} />
          </div>
        )}
      </div>
      <aside className="min-w-0 border-line py-4 lg:border-l lg:pl-6">
        <Section title="Recent runs" className="pt-0">
          <RunList isLive={Boolean(status?.active_runs)} />
        </Section>
      </aside>
    </div>
  );
}
