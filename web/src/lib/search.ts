import type { Channel, Condition, DecisionFilter, Verdict } from "@/api/types";

/**
 * View state in the address. Everything is a plain string there ("?cost=12.50", not "%2212.50%22"), so
 * addresses can be read, typed and shared; each route checks what it takes.
 */
export type RawSearch = Record<string, unknown>;

export function parseSearch(text: string): RawSearch {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: RawSearch): string {
  const entries = Object.entries(search).filter(
    ([, value]) => value !== undefined && value !== null && value !== "",
  );
  const text = new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString();
  return text ? `?${text}` : "";
}

export const VERDICTS: readonly Verdict[] = ["buy", "review", "skip", "unknown"];

export const SORTS = [
  "row",
  "max_cost",
  "profit",
  "roi",
  "probability_of_profit",
  "days_to_sell",
  "sales_rank",
  "resale",
  "unit_cost",
  "decided_at",
  "title",
] as const;

export type SortKey = (typeof SORTS)[number];

/** A sort as the API takes it: a key, with "-" in front for descending. */
export type SortValue = NonNullable<DecisionFilter["sort"]>;

export interface LeadsSearch {
  verdict?: string;
  q?: string;
  sort?: SortValue;
  run?: string;
  supplier?: string;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value : undefined;

const oneOf = <T extends string>(value: unknown, allowed: readonly T[]): T | undefined =>
  allowed.find((item) => item === value);

const matching = (value: unknown, pattern: RegExp): string | undefined =>
  typeof value === "string" && pattern.test(value) ? value : undefined;

function defined<T extends object>(values: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

export function leadsSearch(raw: RawSearch): LeadsSearch {
  const verdicts = parseVerdicts(text(raw.verdict));
  return defined<LeadsSearch>({
    verdict: verdicts.length ? verdicts.join(",") : undefined,
    q: text(raw.q),
    sort: sortValue(text(raw.sort)),
    run: text(raw.run),
    supplier: text(raw.supplier),
  });
}

export function parseVerdicts(value: string | undefined): Verdict[] {
  const parts = value?.split(",") ?? [];
  return VERDICTS.filter((verdict) => parts.includes(verdict));
}

/** The verdict filter with one verdict switched; all four are the same as none. */
export function toggleVerdict(value: string | undefined, verdict: Verdict): string | undefined {
  const chosen = new Set(parseVerdicts(value));
  if (!chosen.delete(verdict)) chosen.add(verdict);
  if (chosen.size === 0 || chosen.size === VERDICTS.length) return undefined;
  return VERDICTS.filter((item) => chosen.has(item)).join(",");
}

/** A sort that the API takes; undefined for anything else. */
export function sortValue(value: string | undefined): SortValue | undefined {
  const sort = parseSort(value);
  return sort ? `${sort.isDescending ? "-" : ""}${sort.key}` : undefined;
}

export interface Sort {
  key: SortKey;
  isDescending: boolean;
}

export function parseSort(value: string | undefined): Sort | null {
  if (!value) return null;
  const isDescending = value.startsWith("-");
  const key = SORTS.find((item) => item === (isDescending ? value.slice(1) : value));
  return key ? { key, isDescending } : null;
}

/** Small values are the better ones here, so the first click sorts them upwards. */
const ASCENDING_FIRST: ReadonlySet<SortKey> = new Set<SortKey>([
  "row",
  "title",
  "unit_cost",
  "days_to_sell",
  "sales_rank",
]);

/** The sort after a click on a column: better first, then reversed, then the default order. */
export function nextSort(value: string | undefined, key: SortKey): SortValue | undefined {
  const first: SortValue = ASCENDING_FIRST.has(key) ? key : `-${key}`;
  if (parseSort(value)?.key !== key) return first;
  const reversed: SortValue = ASCENDING_FIRST.has(key) ? `-${key}` : key;
  return value === first ? reversed : undefined;
}

export interface ProductSearch {
  cost?: string;
  discount?: string;
  condition?: Condition;
  channel?: Channel;
  quantity?: string;
  policy?: string;
  /** Days of history that the chart shows, or "all"; 90 where it does not say. */
  range?: "30" | "365" | "all";
  /** What-if of the fees: the sale price, and the day on which the unit ships. */
  price?: string;
  on?: string;
}

export const CONDITIONS: readonly Condition[] = [
  "new",
  "used_like_new",
  "used_very_good",
  "used_good",
  "used_acceptable",
];

export const CHANNELS: readonly Channel[] = ["fba", "fbm"];

export function productSearch(raw: RawSearch): ProductSearch {
  return defined<ProductSearch>({
    cost: matching(raw.cost, /^\d+(\.\d{1,2})?$/),
    discount: matching(raw.discount, /^[1-9]\d?$/),
    condition: oneOf(raw.condition, CONDITIONS),
    channel: oneOf(raw.channel, CHANNELS),
    quantity: matching(raw.quantity, /^[1-9]\d{0,5}$/),
    policy: text(raw.policy),
    range: oneOf(raw.range, ["30", "365", "all"]),
    price: matching(raw.price, /^\d+(\.\d{1,2})?$/),
    on: matching(raw.on, /^\d{4}-\d{2}-\d{2}$/),
  });
}

const EVIDENCE_SOURCES = ["stored", "recordings", "sandbox"] as const;

/** Which evidence is shown: the newest of a source, or a kept one; else the first there is. */
export interface EvidenceSearch {
  source?: (typeof EVIDENCE_SOURCES)[number];
  report?: string;
}

export function evidenceSearch(raw: RawSearch): EvidenceSearch {
  return defined<EvidenceSearch>({
    source: oneOf(raw.source, EVIDENCE_SOURCES),
    report: matching(raw.report, /^[1-9]\d{0,15}$/),
  });
}
