import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { keys, statusQuery } from "@/api/queries";
import { Button, buttonClass } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useTitle } from "@/lib/hooks";
import { findProduct } from "./findProduct";

const route = getRouteApi("/lookup");

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
    mutationFn: (identifier: string) => findProduct(identifier, status?.marketplace ?? "US"),
    onSuccess: (found) => {
      void client.invalidateQueries({ queryKey: keys.status });
      if (found.kind === "waiting") {
        void navigate({ to: "/scan/$runId", params: { runId: found.runId }, replace: true });
        return;
      }
      void navigate({
        to: "/product/$marketplace/$asin",
        params: { marketplace: found.marketplace, asin: found.asin },
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
        isPage
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
        isPage
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
    <EmptyState isPage icon="clock" title={`Looking up ${q}`}>
      A product that is not stored yet is fetched and decided first.
    </EmptyState>
  );
}
