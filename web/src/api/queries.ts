import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  getDecisions,
  getEvidence,
  getFees,
  getPolicies,
  getProduct,
  getReport,
  getRun,
  getRuns,
  getSeries,
  getStatus,
} from "./endpoints";
import { HISTORY_KINDS } from "./kinds";
import { isFinal } from "./runs";
import type { DecisionFilter, FeeQuestion, ProductInputs } from "./types";

const PAGE = 100;
const SECOND = 1_000;

export const keys = {
  decisions: ["decisions"] as const,
  run: (id: string) => ["runs", id] as const,
  runs: ["runs"] as const,
  status: ["status"] as const,
};

export const statusQuery = () =>
  queryOptions({
    queryKey: keys.status,
    queryFn: ({ signal }) => getStatus(signal),
    refetchInterval: (query) => (query.state.data?.active_runs ? 3 * SECOND : 15 * SECOND),
  });

export const policiesQuery = () =>
  queryOptions({
    queryKey: ["policies"],
    queryFn: ({ signal }) => getPolicies(signal),
    staleTime: 60 * SECOND,
  });

export const evidenceQuery = () =>
  queryOptions({ queryKey: ["evidence"], queryFn: ({ signal }) => getEvidence(signal) });

/** A kept report never changes. */
export const reportQuery = (id: number) =>
  queryOptions({
    queryKey: ["evidence", id],
    queryFn: ({ signal }) => getReport(id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const runsQuery = (limit = 20, isLive = false) =>
  queryOptions({
    queryKey: [...keys.runs, "list", limit],
    queryFn: ({ signal }) => getRuns(limit, signal),
    refetchInterval: isLive ? 3 * SECOND : false,
  });

/** A run; asked again every few seconds until it is final, in case its event stream is cut. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: keys.run(id),
    queryFn: ({ signal }) => getRun(id, signal),
    refetchInterval: (query) => (isFinal(query.state.data) ? false : 5 * SECOND),
  });

/** Decisions under a filter, page after page. */
export const decisionsQuery = (filter: DecisionFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.decisions, "pages", filter],
    queryFn: ({ pageParam, signal }) =>
      getDecisions(filter, { cursor: pageParam, limit: PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** How many decisions there are now by verdict, to notice newer ones without moving any row. */
export const decisionCountsQuery = (filter: DecisionFilter, isLive: boolean) =>
  queryOptions({
    queryKey: [...keys.decisions, "counts", filter],
    queryFn: async ({ signal }) => (await getDecisions(filter, { limit: 1 }, signal)).counts,
    refetchInterval: isLive ? 5 * SECOND : 30 * SECOND,
  });

/** The newest decisions of a run, for rows that stream in. */
export const latestDecisionsQuery = (runId: string, limit: number) =>
  queryOptions({
    queryKey: [...keys.decisions, "latest", runId, limit],
    queryFn: ({ signal }) => getDecisions({ run_id: runId, sort: "-row" }, { limit }, signal),
    placeholderData: keepPreviousData,
  });

/** The most profitable decisions under some words, to choose one from. */
export const choicesQuery = (q: string) =>
  queryOptions({
    queryKey: [...keys.decisions, "choices", q],
    queryFn: async ({ signal }) =>
      (await getDecisions({ q: q || undefined, sort: "-profit" }, { limit: 30 }, signal)).items,
    placeholderData: keepPreviousData,
  });

export const productQuery = (marketplace: string, asin: string, inputs: ProductInputs) =>
  queryOptions({
    queryKey: ["products", marketplace, asin, inputs],
    queryFn: ({ signal }) => getProduct(marketplace, asin, inputs, signal),
    placeholderData: (previous, query) =>
      query?.queryKey[1] === marketplace && query.queryKey[2] === asin ? previous : undefined,
    staleTime: 60 * SECOND,
  });

/** A product's fees under a what-if. */
export const feesQuery = (marketplace: string, asin: string, question: FeeQuestion) =>
  queryOptions({
    queryKey: ["products", marketplace, asin, "fees", question],
    queryFn: ({ signal }) => getFees(marketplace, asin, question, signal),
    placeholderData: (previous, query) => (query?.queryKey[2] === asin ? previous : undefined),
    staleTime: 60 * SECOND,
    retry: false,
  });

/** The chart's series: `days` back from the last observation, or all there is. */
export const seriesQuery = (
  marketplace: string,
  asin: string,
  days: number | undefined,
  inputs: ProductInputs,
) =>
  queryOptions({
    queryKey: ["products", marketplace, asin, "series", days, inputs],
    queryFn: ({ signal }) =>
      getSeries(marketplace, asin, { ...inputs, days, kinds: HISTORY_KINDS }, signal),
    placeholderData: (previous, query) => (query?.queryKey[2] === asin ? previous : undefined),
    staleTime: 60 * SECOND,
  });
