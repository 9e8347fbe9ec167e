import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Problem } from "@/api/problem";
import { productQuery } from "@/api/queries";
import type { ProductInputs } from "@/api/types";
import { buttonClass } from "@/components/Button";
import { EmptyState } from "@/components/EmptyState";
import { Loading } from "@/components/Loading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { cx } from "@/lib/cx";
import { discounted } from "@/lib/format";
import { useTitle } from "@/lib/hooks";
import type { ProductSearch } from "@/lib/search";
import { Averages } from "./Averages";
import { BuyBoxShare } from "./BuyBoxShare";
import { Comparison } from "./Comparison";
import { Demand } from "./Demand";
import { EvidenceList } from "./EvidenceList";
import { Explanation } from "./Explanation";
import { Facts } from "./Facts";
import { Fees } from "./Fees";
import { History } from "./History";
import { Identity } from "./Identity";
import { Inputs } from "./Inputs";
import { Offers } from "./Offers";
import { OtherLeads } from "./OtherLeads";
import { Reasons } from "./Reasons";
import { Risks } from "./Risks";
import { VerdictCard } from "./VerdictCard";

const route = getRouteApi("/product/$marketplace/$asin");

/** What the API is asked for: the cost with its discount taken off. */
function inputsOf(search: ProductSearch): ProductInputs {
  const { cost, discount, condition, channel, quantity, policy } = search;
  // The discount is on the price as typed, which has two decimals at most.
  const paid = cost && discount ? discounted(cost, Number(discount), "USD") : cost;
  return {
    cost: paid ?? undefined,
    condition,
    channel,
    quantity: quantity ? Number(quantity) : undefined,
    policy,
  };
}

export function ProductPage() {
  const { marketplace, asin } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const inputs = inputsOf(search);
  const {
    data: view,
    error,
    refetch,
    isPending,
    isPlaceholderData,
    isFetching,
  } = useQuery(productQuery(marketplace, asin, inputs));
  useTitle(view?.product.title ?? asin);

  const change = (part: { [Key in keyof ProductSearch]?: string | undefined }) =>
    void navigate({
      search: (before) =>
        Object.fromEntries(
          Object.entries({ ...before, ...part }).filter(([, value]) => value !== undefined),
        ) as ProductSearch,
      replace: true,
    });

  if (error instanceof Problem && error.status === 404) {
    return <NotStored asin={asin} problem={error} />;
  }
  if (error && !view) {
    return (
      <div className="p-4">
        <ProblemNotice error={error} onRetry={() => void refetch()} isRetrying={isFetching} />
      </div>
    );
  }
  if (isPending || !view) return <Loading lines={12} />;
  const record = view.decision;

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_344px] xl:grid-cols-[244px_minmax(0,1fr)_344px]">
      <div className="border-line px-4 pt-3 md:py-4 lg:col-span-2 lg:grid lg:grid-cols-2 lg:gap-x-8 xl:col-span-1 xl:block xl:border-r">
        <Identity product={view.product} />
        <div className="mt-3 lg:mt-0 xl:mt-3">
          <Inputs search={search} record={record} onChange={change} />
        </div>
        <div className="hidden xl:block">
          <Facts view={view} />
          <Demand record={record} />
        </div>
      </div>
      <div className={cx("min-w-0 px-4 py-4 lg:px-6", isPlaceholderData && "opacity-60")}>
        {error && (
          <div className="mb-3">
            <ProblemNotice error={error} onRetry={() => void refetch()} />
          </div>
        )}
        <VerdictCard record={record} />
        <Reasons record={record} />
        <History
          record={record}
          inputs={inputs}
          range={search.range ?? "90"}
          onRange={(range) => change({ range: range === "90" ? undefined : range })}
        />
        <Fees record={record} inputs={inputs} search={search} onChange={change} />
        <Explanation marketplace={marketplace} asin={asin} inputs={inputs} />
        <Comparison leads={view.other_leads} />
        <OtherLeads rows={view.other_leads} />
        <div className="hidden border-t border-line pt-4 lg:block">
          <EvidenceList record={record} />
        </div>
      </div>
      <div className="min-w-0 border-line px-4 py-4 lg:border-l">
        <Offers view={view} />
        <Averages market={view.market} currency={record.currency} />
        <Risks record={record} />
        <BuyBoxShare view={view} />
        <div className="xl:hidden">
          <Demand record={record} />
          <Facts view={view} />
        </div>
        <div className="border-t border-line pt-4 lg:hidden">
          <EvidenceList record={record} />
        </div>
      </div>
    </div>
  );
}

function NotStored({ asin, problem }: { asin: string; problem: Problem }) {
  return (
    <EmptyState
      isPage
      icon="box"
      title="Not stored yet"
      action={
        <Link
          to="/lookup"
          search={{ q: asin }}
          state={{ isTyped: true }}
          className={buttonClass("primary")}
        >
          Look it up
        </Link>
      }
    >
      {problem.message}
    </EmptyState>
  );
}
