/**
 * The shapes that the HTTP API (`/api/v1`) answers with.
 *
 * Money is integer minor units with the currency beside it, probabilities are 0-1, times are ISO 8601
 * UTC, and missing is null, never 0 or -1.
 */

export type Verdict = "buy" | "review" | "skip" | "unknown";
export type Condition =
  | "new"
  | "used_like_new"
  | "used_very_good"
  | "used_good"
  | "used_acceptable";
export type Channel = "fba" | "fbm";
export type ReasonStatus = "pass" | "fail" | "unknown" | "warning";
export type RiskStatus = "ok" | "warning" | "blocker" | "unknown";

/** Anything JSON may hold; used where the domain names its own inputs. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Quantiles {
  p10: number;
  p50: number;
  p90: number;
}

export interface RateQuantiles {
  p10: number | null;
  p50: number | null;
  p90: number | null;
}

export interface Reason {
  code: string;
  status: ReasonStatus;
  text: string;
  observed: Json;
  limit: Json;
}

export interface Risk {
  code: string;
  status: RiskStatus;
  text: string;
  observed: Json;
  limit: Json;
  probability: number | null;
}

export interface Counterfactual {
  change: string;
  text: string;
  from: Json;
  to: Json;
}

export interface Evidence {
  figure: string;
  formula: string;
  inputs: Record<string, Json>;
  source: string;
  observed_at: string | null;
}

export interface FeeLine {
  code: string;
  amount: number | null;
  rule: string;
  inputs: Record<string, Json>;
  reason: string | null;
}

export interface FeeBreakdown {
  price: number;
  on: string;
  channel: Channel;
  size_tier: string | null;
  lines: FeeLine[];
  total: number | null;
  net_proceeds: number | null;
}

export interface ResaleBasis {
  series: string;
  price: number | null;
  fallback: boolean;
  text: string;
}

export interface OfferCounts {
  new: number | null;
  used: number | null;
  fba: number | null;
  live: number | null;
}

export interface AmazonPresence {
  in_stock: boolean | null;
  share_90: number | null;
}

/** One decision as the domain records it. */
export interface DecisionRecord {
  asin: string;
  marketplace: string;
  title: string | null;
  currency: string;
  unit_cost: number | null;
  quantity: number;
  condition: Condition;
  channel: Channel;
  verdict: Verdict;
  max_cost: number | null;
  confidence: number;
  profit: Quantiles | null;
  expected_profit: number | null;
  roi: number | null;
  margin: number | null;
  probability_of_profit: number | null;
  probability_of_target: number | null;
  probability_of_loss: number | null;
  profit_per_dollar_day: number | null;
  days_to_sell: { p50: number | null; p90: number | null } | null;
  sell_through: Record<string, number | null> | null;
  resale: Quantiles | null;
  resale_basis: ResaleBasis | null;
  breakeven_price: number | null;
  landed_cost: number | null;
  net_proceeds: number | null;
  returns_allowance: number | null;
  fees: FeeBreakdown | null;
  sales_per_month: RateQuantiles | null;
  share: Record<string, number | null> | null;
  sales_rank: number | null;
  offers: OfferCounts | null;
  amazon: AmazonPresence | null;
  risks: Risk[] | null;
  reasons: Reason[] | null;
  counterfactual: Counterfactual[] | null;
  evidence: Evidence[] | null;
  score: number | null;
  data_quality: number | null;
  as_of: string | null;
  observed_at: string | null;
  policy: { name: string; digest: string } | null;
  rate_card: string | null;
  model_version: string | null;
  input_digest: string | null;
}

export interface RowError {
  code: string;
  message: string;
}

/** A row that could not be read keeps its identifier and error; the figures are then null. */
type Unread = { [Key in keyof DecisionRecord]: DecisionRecord[Key] | null };

/** One lead of a run with its decision. */
export interface DecisionRow extends Omit<Unread, "verdict"> {
  id: number;
  run_id: string;
  row: number;
  identifier: string;
  verdict: Verdict;
  decided_at: string;
  sandbox: boolean;
  error: RowError | null;
  supplier: string | null;
  url: string | null;
  notes: string | null;
  extra: Record<string, string>;
}

export type VerdictCounts = Record<Verdict, number>;

export interface DecisionPage {
  items: DecisionRow[];
  next_cursor: string | null;
  counts: VerdictCounts;
}

export interface TokenState {
  balance: number | null;
  refill_per_minute: number | null;
  capacity: number | null;
  reserved: number;
  spent_today: number;
  next_refill_at: string | null;
}

export interface Status {
  version: string;
  sandbox: boolean;
  data_source: "sandbox" | "keepa";
  marketplace: string;
  database: "embedded" | "external";
  tokens: TokenState;
  active_runs: number;
}

export type RunState =
  | "queued"
  | "running"
  | "waiting_tokens"
  | "succeeded"
  | "failed"
  | "cancelled";

export interface Run {
  id: string;
  kind: string;
  state: RunState;
  source: string;
  policy: string;
  marketplace: string;
  rows: number;
  done: number;
  counts: VerdictCounts & { errors: number };
  tokens: { estimated: number | null; spent: number };
  waiting_until: string | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  error: RowError | null;
}

export type LeadField =
  | "identifier"
  | "cost"
  | "quantity"
  | "condition"
  | "supplier"
  | "url"
  | "notes";

/** One lead as typed or pasted. */
export interface LeadInput {
  identifier: string;
  cost?: string;
  quantity?: number;
  condition?: Condition;
}

export interface DetectedColumn {
  header: string;
  field: LeadField | null;
  sample: string[];
}

export interface PreviewRow {
  row: number;
  identifier: string;
  kind: string | null;
  asin: string | null;
  unit_cost: number | null;
  quantity: number | null;
  condition: Condition | null;
  repairs: string[];
  error: RowError | null;
}

export interface ScanEstimate {
  products: number;
  stored: number;
  to_fetch: number;
  tokens: number;
  balance: number | null;
  minutes: number | null;
}

export interface ScanPreview {
  rows: number;
  bad_rows: number;
  currency: string;
  columns: DetectedColumn[];
  preview: PreviewRow[];
  duplicates: number;
  estimate: ScanEstimate;
}

export interface CategoryNode {
  id: number;
  name: string;
}

export interface PackageSize {
  sides_mm: number[] | null;
  weight_grams: number | null;
}

export interface Product {
  marketplace: string;
  asin: string;
  type: string;
  title: string | null;
  brand: string | null;
  author: string | null;
  manufacturer: string | null;
  binding: string | null;
  image: string | null;
  url: string;
  currency: string;
  root_category: CategoryNode | null;
  category_path: CategoryNode[];
  package: PackageSize;
  item: PackageSize;
  eans: string[];
  upcs: string[];
  publication_date: string | null;
  number_of_pages: number | null;
  is_hazmat: boolean | null;
  is_heat_sensitive: boolean | null;
  is_adult: boolean | null;
  parent_asin: string | null;
  variations: number;
}

export interface Observation {
  value: number | null;
  observed_at: string | null;
}

export type AverageWindow = "30" | "90" | "180" | "365";

export interface LiveOffer {
  seller: string;
  condition: string | null;
  channel: string;
  price: number | null;
  shipping: number | null;
  landed: number | null;
  profit: number | null;
  is_amazon: boolean;
  is_prime: boolean;
  last_seen: string | null;
  stock: number | null;
}

export interface MarketView {
  observed_at: string;
  retrieved_at: string | null;
  fetched_at: string;
  depth: string;
  sandbox: boolean;
  now: Record<string, Observation>;
  averages: Record<string, Partial<Record<AverageWindow, number | null>>>;
}

export interface ProductView {
  product: Product;
  market: MarketView;
  offers: LiveOffer[] | null;
  buy_box_share: { seller: string | null; share_90: number }[] | null;
  decision: DecisionRecord & { id: null };
  other_leads: DecisionRow[];
}

export interface SeriesPoints {
  /** Unix seconds at which the value changed, ascending. */
  t: number[];
  v: (number | null)[];
}

export interface Forecast {
  start: string;
  end: string;
  p10: number;
  p50: number;
  p90: number;
}

export interface SeriesView {
  observed_at: string;
  series: Record<string, SeriesPoints>;
  forecast: Forecast | null;
  max_cost: number | null;
}

export interface Policy {
  name: string;
  min_profit_cents: number;
  min_roi: number;
  confidence: number;
  max_days_to_sell: number;
}

/** RFC 9457 problem document. */
export interface ProblemDocument {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  instance?: string;
  code?: string;
  errors?: { pointer?: string; message?: string; detail?: string }[];
  request_id?: string;
}
