import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { decisionCountsQuery, decisionsQuery, keys, runQuery, statusQuery } from "@/api/queries";
import type { DecisionFilter, VerdictCounts } from "@/api/types";
import { Button, buttonClass } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { Loading } from "@/components/Loading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { formatInteger, plural } from "@/lib/format";
import { useTitle } from "@/lib/hooks";
import type { LeadsSearch } from "@/lib/search";
import { FilterChip } from "./FilterChip";
import { LeadFilters } from "./LeadFilters";
import { LeadTable } from "./LeadTable";
import { WordsFilter } from "./WordsFilter";

const route = getRouteApi("/leads");

const total = (counts: VerdictCounts | undefined) =>
  counts ? counts.buy + counts.review + counts.skip + counts.unknown : 0;

export function LeadsPage() {
  useTitle("Leads");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const [isInWords, setIsInWords] = useState(false);

  const filter: DecisionFilter = {
    run_id: search.run,
    verdict: search.verdict,
    q: search.q,
    supplier: search.supplier,
    sort: search.sort,
  };
  const pages = useInfiniteQuery(decisionsQuery(filter));
  const { data: status } = useQuery(statusQuery());
  const { data: counts } = useQuery(decisionCountsQuery(filter, Boolean(status?.active_runs)));

  const change = useCallback(
    (part: Partial<Record<keyof LeadsSearch, string | undefined>>) => {
      void navigate({
        search: (before) => stripped({ ...before, ...part }),
        replace: true,
      });
    },
    [navigate],
  );
  const refresh = useCallback(
    () => void client.resetQueries({ queryKey: keys.decisions }),
    [client],
  );
  const { fetchNextPage } = pages;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  const shown = pages.data?.pages[0]?.counts;
  const newer = pages.isPlaceholderData ? 0 : total(counts) - total(shown);
  const isEmpty = pages.isSuccess && rows.length === 0;

  // Nothing stands under the cursor of an empty table, so the first decisions come in by themselves.
  useEffect(() => {
    if (isEmpty && newer > 0) refresh();
  }, [isEmpty, newer, refresh]);

  return (
    <div className="flex h-full flex-col">
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-3 py-2 md:px-4">
        <h1 className="text-lg font-semibold">Leads</h1>
        <LeadFilters search={search} counts={shown} onChange={change} />
        <Button
          kind="quiet"
          aria-expanded={isInWords}
          onClick={() => setIsInWords((before) => !before)}
        >
          In words
        </Button>
        {search.supplier && (
          <FilterChip
            label="Supplier"
            clearLabel="Show all suppliers"
            onClear={() => change({ supplier: undefined })}
          >
            <span className="max-w-40 truncate font-medium">{search.supplier}</span>
          </FilterChip>
        )}
        {search.run && <RunFilter id={search.run} onClear={() => change({ run: undefined })} />}
        <span className="ml-auto hidden text-faint lg:inline">{plural(total(shown), "lead")}</span>
      </header>
      {isInWords && <WordsFilter onApply={change} onClose={() => setIsInWords(false)} />}
      {newer > 0 && !isEmpty && (
        <button
          type="button"
          onClick={refresh}
          className="flex items-center justify-center gap-1.5 border-b border-line bg-accent-soft py-1.5 font-medium text-accent"
        >
          <Icon name="arrowUp" size={12} />
          {plural(newer, "new decision")}: show
        </button>
      )}
      {pages.error && (
        <div className="p-4">
          <ProblemNotice
            error={pages.error}
            onRetry={() => void pages.refetch()}
            isRetrying={pages.isFetching}
          />
        </div>
      )}
      {pages.isPending && <Loading lines={12} />}
      {isEmpty && <NoLeads search={search} isScanning={Boolean(status?.active_runs)} />}
      {rows.length > 0 && (
        <LeadTable
          rows={rows}
          sort={search.sort}
          onSort={(sort) => change({ sort })}
          hasMore={pages.hasNextPage}
          isLoadingMore={pages.isFetchingNextPage}
          onMore={more}
          isStale={pages.isPlaceholderData}
        />
      )}
    </div>
  );
}

/** Search values without the ones that were taken away. */
function stripped(values: Partial<Record<keyof LeadsSearch, string | undefined>>): LeadsSearch {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as LeadsSearch;
}

function RunFilter({ id, onClear }: { id: string; onClear: () => void }) {
  const { data: run } = useQuery(runQuery(id));
  return (
    <FilterChip label="Run" clearLabel="Show all runs" onClear={onClear}>
      <Link
        to="/scan/$runId"
        params={{ runId: id }}
        className="max-w-40 truncate font-medium hover:underline"
      >
        {run?.source ?? id.slice(0, 8)}
      </Link>
      {run && <span className="text-faint">{formatInteger(run.rows)}</span>}
    </FilterChip>
  );
}

function NoLeads({ search, isScanning }: { search: LeadsSearch; isScanning: boolean }) {
  const navigate = route.useNavigate();
  if (Object.keys(search).some((key) => key !== "sort")) {
    return (
      <EmptyState
        icon="search"
        title="No lead matches"
        action={<Button onClick={() => void navigate({ search: {} })}>Clear the filters</Button>}
      >
        Nothing that was decided so far fits these filters.
      </EmptyState>
    );
  }
  if (isScanning) {
    return (
      <EmptyState icon="clock" title="The first decisions are on their way">
        A scan is running. Each lead appears here as soon as it is decided.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="leads"
      title="No leads yet"
      action={
        <Link to="/scan" className={buttonClass("primary")}>
          Scan a list
        </Link>
      }
    >
      Drop a supplier's list or paste identifiers with what they cost. Every row comes back with the
      most you may pay for it, and why. For a single product, paste its code into the search above.
    </EmptyState>
  );
}
