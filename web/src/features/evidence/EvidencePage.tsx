import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { evidenceQuery, reportQuery } from "@/api/queries";
import type { EvidenceReport } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { Loading } from "@/components/Loading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { Segmented } from "@/components/Segmented";
import { Snippet } from "@/components/Snippet";
import { COMMANDS, SOURCE_NAMES } from "@/lib/backtest";
import { useTitle } from "@/lib/hooks";
import { Bids } from "./Bids";
import { Chances } from "./Chances";
import { Coverage } from "./Coverage";
import { KeptReports } from "./KeptReports";
import { Replayed } from "./Replayed";
import { SalesRate } from "./SalesRate";
import { SellThrough } from "./SellThrough";

const route = getRouteApi("/evidence");

/** How right decisions were when they were replayed on history, and by which command. */
export function EvidencePage() {
  const { source, report } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch, isFetching } = useQuery(evidenceQuery());
  useTitle("Evidence");

  if (error && !data) {
    return (
      <div className="p-4">
        <ProblemNotice error={error} onRetry={() => void refetch()} isRetrying={isFetching} />
      </div>
    );
  }
  if (!data) return <Loading label="Loading the evidence" />;
  const newest = data.items.find((item) => item.source === source) ?? data.items[0];
  if (!newest) return <NoEvidence />;
  return (
    <div className="mx-auto flex w-full max-w-240 flex-col gap-2 p-4">
      <header className="mb-1 flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-lg font-semibold">Evidence</h1>
        <Segmented
          label="What was replayed"
          value={newest.source}
          options={data.items.map((item) => ({
            value: item.source,
            label: SOURCE_NAMES[item.source],
          }))}
          onChange={(value) => void navigate({ search: { source: value }, replace: true })}
        />
      </header>
      {report === undefined ? (
        <Report evidence={newest} />
      ) : (
        <Kept key={report} id={Number(report)} />
      )}
      <KeptReports kept={data.kept} shown={report === undefined ? newest.id : Number(report)} />
    </div>
  );
}

function Kept({ id }: { id: number }) {
  const { data, error, refetch, isFetching } = useQuery(reportQuery(id));
  if (data) return <Report evidence={data} />;
  if (!error) return <Loading label={`Loading evidence ${id}`} />;
  return <ProblemNotice error={error} onRetry={() => void refetch()} isRetrying={isFetching} />;
}

function Report({ evidence }: { evidence: EvidenceReport }) {
  const { report } = evidence;
  return (
    <>
      <div className="mb-2">
        <Replayed evidence={evidence} />
      </div>
      <Bids report={report} />
      {Object.entries(report.forecast)
        .filter(([, forecast]) => forecast.windows > 0)
        .map(([name, forecast]) => (
          <Coverage key={name} name={name} forecast={forecast} />
        ))}
      <Chances
        title="Price crash"
        what="The chance that the price falls far."
        scores={report.crash}
      />
      <Chances
        title="Offer swarm"
        what="The chance that many sellers come."
        scores={report.swarm}
      />
      {report.sales_rate && <SalesRate scores={report.sales_rate} />}
      {report.sell_through && <SellThrough byDays={report.sell_through} />}
    </>
  );
}

function NoEvidence() {
  return (
    <EmptyState isPage icon="evidence" title="Nothing was replayed yet">
      <p className="mb-4">
        A backtest decides about past weeks with what was known then, and compares with what came.
        Its report is shown here.
      </p>
      <div className="text-left">
        <Snippet label="On my own stored products" text={COMMANDS.stored} />
        <Snippet label="On the simulated marketplace" text={COMMANDS.sandbox} />
      </div>
    </EmptyState>
  );
}
