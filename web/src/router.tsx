import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { NotFound, PageError } from "@/features/shell/Fallbacks";
import { Shell } from "@/features/shell/Shell";
import {
  evidenceSearch,
  leadsSearch,
  parseSearch,
  productSearch,
  stringifySearch,
} from "@/lib/search";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: PageError,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/leads" });
  },
});

const leads = createRoute({
  getParentRoute: () => root,
  path: "/leads",
  validateSearch: leadsSearch,
  component: lazyRouteComponent(() => import("@/features/leads/LeadsPage"), "LeadsPage"),
});

const scan = createRoute({
  getParentRoute: () => root,
  path: "/scan",
  component: lazyRouteComponent(() => import("@/features/scan/ScanPage"), "ScanPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/scan/$runId",
  component: lazyRouteComponent(() => import("@/features/scan/RunPage"), "RunPage"),
});

const product = createRoute({
  getParentRoute: () => root,
  path: "/product/$marketplace/$asin",
  validateSearch: productSearch,
  component: lazyRouteComponent(() => import("@/features/product/ProductPage"), "ProductPage"),
});

const lookup = createRoute({
  getParentRoute: () => root,
  path: "/lookup",
  validateSearch: (raw): { q: string } => ({ q: typeof raw.q === "string" ? raw.q : "" }),
  component: lazyRouteComponent(() => import("@/features/lookup/LookupPage"), "LookupPage"),
});

const evidence = createRoute({
  getParentRoute: () => root,
  path: "/evidence",
  validateSearch: evidenceSearch,
  component: lazyRouteComponent(() => import("@/features/evidence/EvidencePage"), "EvidencePage"),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: "/agents",
  component: lazyRouteComponent(() => import("@/features/agents/AgentsPage"), "AgentsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, leads, scan, run, product, lookup, evidence, agents]),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: "intent",
  defaultErrorComponent: PageError,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** Set by the search box: the reader asked for this look-up, it was not a followed link. */
    isTyped?: boolean;
  }
}
