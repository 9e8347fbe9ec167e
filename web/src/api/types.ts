/**
 * The page's names for the shapes of the HTTP API. The shapes are generated from the API's own OpenAPI
 * document (`npm run api`), so a change of the contract shows up as a type error here.
 *
 * Money is integer minor units with the currency beside it, probabilities are 0-1, times are ISO 8601
 * UTC, and missing is null, never 0 or -1.
 */
import type * as generated from "./generated";

export type {
  BacktestReport,
  BidScores,
  ChanceScores,
  Channel,
  Condition,
  CurvePoint,
  DecisionPage,
  DecisionRow,
  EvidenceList,
  EvidenceReport,
  Explanation,
  FilledForm,
  Forecast,
  ForecastScores,
  KeptReport,
  LeadInput,
  LiveOffer,
  PreviewRow,
  Quantiles,
  RateScores,
  Reason,
  Risk,
  Run,
  RunList,
  ScanEstimate,
  ScanPreview,
  SoldScores,
  StatedBids,
  Status,
  VerdictCounts,
} from "./generated";

/** Query values as the page holds them: undefined where there is none. */
type Query<T> = { [Key in keyof T]?: Exclude<T[Key], null> | undefined };

export type DecisionFilter = Query<
  Omit<NonNullable<generated.ListDecisionsData["query"]>, "cursor" | "limit">
>;
export type DecisionRecord = generated.ProductDecision;
export type DetectedColumn = generated.PreviewColumn;
/** A checked claim of a text that is being written. */
export type ClaimEvent = Pick<generated.PartShown, "about"> & generated.ClaimShown;
export type ExplanationRequest = generated.FollowExplanationData["body"];
export type Evidence = generated.EvidenceItem;
export type FeeBreakdown = generated.FeeSheet;
export type ChannelFees = generated.ChannelFees;
export type FeeLine = generated.SourcedFeeLine;
export type FeeQuestion = Query<NonNullable<generated.ViewFeesData["query"]>>;
export type KeepaComparison = generated.KeepaComparison;
export type MarketView = generated.MarketNow;
export type Policies = generated.PolicyList;
export type ProblemDocument = Partial<generated.Problem>;
export type Product = generated.ProductFacts;
export type ProductFees = generated.ProductFees;
export type ProductInputs = Query<NonNullable<generated.ViewProductData["query"]>>;
export type ProductView = generated.ProductPage;
export type ReasonStatus = generated.Reason["status"];
export type RiskStatus = generated.Risk["status"];
export type RunState = generated.Run["state"];
export type ScanOptions = Query<Pick<generated.ScanRequest, "policy" | "marketplace" | "offers">>;
export type SeriesPoints = generated.SeriesColumns;
export type SeriesView = generated.ProductSeries;
export type TokenState = generated.TokenStatus;
export type Verdict = generated.DecisionRow["verdict"];

/** The fields of a lead that a column of a file can hold. */
export type LeadField = keyof generated.LeadInput;
