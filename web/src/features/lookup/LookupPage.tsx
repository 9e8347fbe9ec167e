import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { getDecisions, getProduct, getRun, previewScan, startScan } from "@/api/endpoints";
import { Problem } from "@/api/problem";
import { keys, statusQuery } from "@/api/queries";
import { isFinal } from "@/api/runs";
import { Button, buttonClass } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useTitle } from "@/lib/hooks";
import { parseLeads } from "@/lib/leads";

const route = getRouteApi("/lookup");
const POLL_MS = 400;

interface Found {
  marketplace: string;
  asin: string;
}

/**
 * Finds the product behind an identifier: a stored one at once, any other after a scan of one row,
 * which costs tokens. So only a search that the reader typed runs by itself; a followed link asks.
 */
export function LookupPage() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const client = useQueryClient();
  const isTyped = useRouterState({ select: (state) => state.location.state.isTyped === true });
  const { data: status } = useQuery(statusQuery());
  const asked = useRef<string | null>(null);
  useTitle(q);

  const look = useMutation({
    mutationFn: (identifier: string) => find(identifier, status?.marketplace ?? "US"),
    onSuccess: (found) => {
      void client.invalidateQueries({ queryKey: keys.status });
      void navigate({
        to: "/product/$marketplace/$asin",
        params: found,
        search: {},
        replace: true,
      });
    },
  });
  const { mutate } = look;

  useEffect(() => {
    if (!isTyped || !q || !status || asked.current === q) return;
    asked.current = q;
    mutate(q);
  }, [isTyped, q, status, mutate]);

  if (look.error) {
    return (
      <div className="mx-auto max-w-2xl p-4 md:pt-12">
        <ProblemNotice error={look.error} onRetry={() => mutate(q)} />
        <p className="mt-4 text-muted">
          Looked for <code className="font-mono text-ink">{q}</code>. An ASIN, ISBN-10, ISBN-13,
          EAN, UPC or Amazon link is understood.{" "}
          <Link to="/scan" className="text-accent hover:underline">
            Scan
          </Link>{" "}
          takes whole lists.
        </p>
      </div>
    );
  }
  if (!q) {
    return (
      <EmptyState
        icon="search"
        title="Nothing to look up"
        action={
          <Link to="/leads" className={buttonClass()}>
            Go to Leads
          </Link>
        }
      >
        Paste a product's code or link into the search above.
      </EmptyState>
    );
  }
  if (!isTyped && look.isIdle) {
    return (
      <EmptyState
        icon="search"
        title={`Look up ${q}?`}
        action={
          <Button kind="primary" onClick={() => mutate(q)}>
            Look it up
          </Button>
        }
      >
        A product that is not stored yet is fetched, which costs a token or two.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="clock" title={`Looking up ${q}`}>
      A product that is not stored yet is fetched and decided first.
    </EmptyState>
  );
}

async function find(typed: string, marketplace: string): Promise<Found> {
  const leads = parseLeads(typed).slice(0, 1);
  if (leads.length === 0)
    throw notFound("There is no identifier in the search.", "identifier_missing");
  const source = { kind: "leads", leads } as const;
  const preview = await previewScan(source, { marketplace });
  const row = preview.preview[0];
  if (row?.error) throw notFound(row.error.message, row.error.code);
  if (row?.asin && (await isStored(marketplace, row.asin))) return { marketplace, asin: row.asin };
  return scanOne(source, marketplace);
}

async function isStored(marketplace: string, asin: string): Promise<boolean> {
  try {
    await getProduct(marketplace, asin, {});
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return false;
    throw error;
  }
}

async function scanOne(
  source: { kind: "leads"; leads: ReturnType<typeof parseLeads> },
  marketplace: string,
): Promise<Found> {
  let run = await startScan(source, { marketplace });
  while (!isFinal(run)) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    run = await getRun(run.id);
  }
  const decided = (await getDecisions({ run_id: run.id }, { limit: 1 })).items[0];
  if (decided?.error) throw notFound(decided.error.message, decided.error.code);
  if (!decided?.asin) {
    const reason = run.error ?? { code: "product_not_found", message: "No product was found." };
    throw notFound(reason.message, reason.code);
  }
  return { marketplace: decided.marketplace ?? marketplace, asin: decided.asin };
}

function notFound(detail: string, code: string): Problem {
  return new Problem({ code, title: "Not found", detail }, 404);
}
