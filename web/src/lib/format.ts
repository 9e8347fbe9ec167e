const LOCALE = "en-US";

/** What stands where a figure is not known. */
export const MISSING = "—";

const moneyFormats = new Map<string, Intl.NumberFormat>();

function moneyFormat(currency: string): Intl.NumberFormat {
  let format = moneyFormats.get(currency);
  if (!format) {
    format = new Intl.NumberFormat(LOCALE, {
      style: "currency",
      currency,
      currencyDisplay: "narrowSymbol",
    });
    moneyFormats.set(currency, format);
  }
  return format;
}

/** Digits behind the point of a currency's minor unit: 2 for USD, 0 for JPY. */
export function minorDigits(currency: string): number {
  return moneyFormat(currency).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Minor units as money, for example 1250 USD as "$12.50". */
export function formatMoney(minor: number | null | undefined, currency: string): string {
  if (minor === null || minor === undefined) return MISSING;
  const major = minor / 10 ** minorDigits(currency);
  return moneyFormat(currency).format(major).replace("-", "−");
}

/** Money with its sign always shown, for differences. */
export function formatSignedMoney(minor: number | null | undefined, currency: string): string {
  const text = formatMoney(minor, currency);
  return minor && minor > 0 ? `+${text}` : text;
}

/** Minor units as a plain decimal that the API takes back, for example 1250 USD as "12.50". */
export function toDecimal(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  return (minor / 10 ** digits).toFixed(digits);
}

/** A typed decimal as minor units; null where it is not a non-negative amount. */
export function toMinor(decimal: string, currency: string): number | null {
  const text = decimal.trim();
  if (!/^\d+(\.\d*)?$|^\.\d+$/.test(text)) return null;
  return Math.round(Number(text) * 10 ** minorDigits(currency));
}

/** A cost with a percentage taken off, as the decimal that the API takes. */
export function discounted(decimal: string, percent: number, currency: string): string | null {
  const minor = toMinor(decimal, currency);
  return minor === null ? null : toDecimal(Math.round((minor * (100 - percent)) / 100), currency);
}

const integers = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

export function formatInteger(value: number | null | undefined): string {
  return value === null || value === undefined ? MISSING : integers.format(value).replace("-", "−");
}

const plain = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 4 });

/** A statistic of no particular unit, to four significant digits. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return MISSING;
  const text = Number.isInteger(value) ? integers.format(value) : plain.format(value);
  return text.replace("-", "−");
}

/** A rate such as sales a month: one digit behind the point below ten, none above. */
export function formatRate(rate: number | null | undefined): string {
  if (rate === null || rate === undefined) return MISSING;
  if (rate > 0 && rate < 0.1) return "<0.1";
  return rate < 10 ? String(Math.round(rate * 10) / 10) : integers.format(rate);
}

/** A sales rank: in full up to a million, then in millions. */
export function formatRank(rank: number | null | undefined): string {
  if (rank === null || rank === undefined) return MISSING;
  return rank < 1_000_000 ? integers.format(rank) : `${(rank / 1_000_000).toFixed(2)}M`;
}

/** A ratio such as ROI as a whole percentage; beyond ten times it says no more than that. */
export function formatRatio(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined) return MISSING;
  if (ratio > 9.99) return ">999%";
  return `${integers.format(Math.round(ratio * 100))}%`.replace("-", "−");
}

/** A share of something that was counted, as a whole percentage; the ends only where it is exact. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined) return MISSING;
  return share === 0 || share === 1 ? `${share * 100}%` : formatProbability(share);
}

/** A probability as a percentage. A forecast is never certain, so it never says 0 or 100. */
export function formatProbability(probability: number | null | undefined): string {
  if (probability === null || probability === undefined) return MISSING;
  const percent = probability * 100;
  if (percent < 1) return "<1%";
  if (percent > 99) return ">99%";
  return `${Math.round(percent)}%`;
}

/** Days, in the unit that reads best: "9 d", "14 wk" past a quarter, "2.1 y" past two years. */
export function formatDays(days: number | null | undefined): string {
  if (days === null || days === undefined) return MISSING;
  if (days < 1) return "<1 d";
  if (days < 100) return `${Math.round(days)} d`;
  if (days < 730) return `${Math.round(days / 7)} wk`;
  return `${(days / 365).toFixed(1)} y`;
}

/** An upper bound in days; nothing where even that is within a day. */
export function formatWithin(days: number | null | undefined): string | null {
  return days === null || days === undefined || days < 1 ? null : `≤ ${formatDays(days)}`;
}

const UNITS: readonly [limit: number, size: number, unit: string][] = [
  [3_600, 60, "min"],
  [86_400, 3_600, "h"],
  [86_400 * 60, 86_400, "d"],
  [86_400 * 730, 86_400 * 30.44, "mo"],
  [Number.POSITIVE_INFINITY, 86_400 * 365.25, "y"],
];

/** How long ago a moment was: "now", "5 min", "3 h", "12 d", "7 mo", "3 y". */
export function formatAge(iso: string | null | undefined, now: number): string {
  if (!iso) return MISSING;
  const seconds = (now - Date.parse(iso)) / 1_000;
  if (Number.isNaN(seconds)) return MISSING;
  if (seconds < 60) return "now";
  const [, size, unit] = UNITS.find(([limit]) => seconds < limit) ?? [0, 1, "s"];
  return `${Math.max(1, Math.floor(seconds / size))} ${unit}`;
}

/** Seconds as a countdown: "0:34", "12:05", "3 h 20 min". */
export function formatCountdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole >= 3_600) {
    return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
  }
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** A length of time that has passed: "8 s", "2 min 5 s", "1 h 12 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

const moments = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "short" });
const clocks = new Intl.DateTimeFormat(LOCALE, { timeStyle: "short" });

/** A moment in the reader's own time zone. */
export function formatMoment(iso: string | null | undefined): string {
  return iso ? moments.format(new Date(iso)) : MISSING;
}

/** The time of day of a moment in the reader's own time zone. */
export function formatClock(iso: string): string {
  return clocks.format(new Date(iso));
}

/** "1 row", "2 rows". */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${integers.format(count)} ${count === 1 ? one : many}`;
}

/** Money where space is short: without cents from a hundred on. */
export function formatShortMoney(minor: number | null | undefined, currency: string): string {
  const unit = 10 ** minorDigits(currency);
  if (minor === null || minor === undefined || Math.abs(minor) < 100 * unit) {
    return formatMoney(minor, currency);
  }
  return formatMoney(Math.round(minor / unit) * unit, currency).replace(/\.\d+$/, "");
}

/** A rank where space is short: "361k" from ten thousand on. */
export function formatShortRank(rank: number | null | undefined): string {
  if (rank === null || rank === undefined) return MISSING;
  return rank >= 10_000 && rank < 1_000_000 ? `${Math.round(rank / 1_000)}k` : formatRank(rank);
}

/** A code such as "used_very_good" as words: "used very good". */
export function words(code: string): string {
  return code.replace(/_/g, " ");
}

/** A code as a heading: "Used very good". */
export function title(code: string): string {
  const text = words(code);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
