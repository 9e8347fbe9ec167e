import type { ForecastScores } from "@/api/types";
import { Section } from "@/components/Section";
import {
  BASELINES,
  coverageCurve,
  coverageRows,
  formatAgainst,
  formatTenths,
  formatUncertain,
  thirdRows,
} from "@/lib/backtest";
import { formatInteger, formatNumber, formatShare, plural } from "@/lib/format";
import { ChartAndTables } from "./ChartAndTables";
import { FigureTable } from "./FigureTable";

const TONES = ["stroke-unsure", "stroke-warn", "stroke-muted"] as const;

/** How often outcomes lay below each forecast level, beside other ways to forecast. */
export function Coverage({ name, forecast }: { name: string; forecast: ForecastScores }) {
  const rows = coverageRows(forecast);
  const title = `Resale price, ${name}`;
  return (
    <Section
      title={title}
      aside={`${formatInteger(forecast.windows)} windows, ${plural(forecast.products, "product")}`}
    >
      <p className="mb-3">
        The largest error of a level is{" "}
        <b className="font-semibold">
          {formatUncertain(forecast.coverage_error, forecast.standard_error)}
        </b>{" "}
        (± standard error, had {plural(forecast.products, "other product")} been drawn).
      </p>
      <ChartAndTables
        label={`${title}: share of outcomes below each forecast level, ours and others`}
        across="forecast level"
        up="outcomes below"
        curves={[
          ...BASELINES.map((baseline, place) => ({
            label: baseline.label,
            points: coverageCurve(rows, place),
            tone: TONES[place] ?? "stroke-muted",
            isDashed: true,
          })),
          { label: "Ours", points: coverageCurve(rows), tone: "stroke-accent" },
        ]}
      >
        <FigureTable
          label={`${title}: outcomes below each level`}
          heads={["Should be", "Ours", ...BASELINES.map((baseline) => baseline.label)]}
          rows={rows.map((row) => ({
            key: String(row.level),
            head: formatShare(row.level),
            cells: [
              <b key="ours" className="font-medium">
                {formatTenths(row.ours)}
              </b>,
              ...row.others.map(formatTenths),
            ],
          }))}
        />
        <FigureTable
          label={`${title}: pinball loss, less is better`}
          heads={["Pinball loss", "Ours", ...BASELINES.map((baseline) => baseline.label)]}
          rows={[
            {
              key: "loss",
              head: "Mean",
              cells: [
                formatNumber(forecast.pinball),
                ...BASELINES.map(({ name: key }) => formatNumber(forecast.baselines[key]?.pinball)),
              ],
            },
            {
              key: "against",
              head: "Ours against it",
              cells: [
                "",
                ...BASELINES.map(({ name: key }) =>
                  formatAgainst(forecast.baselines[key]?.ours_against),
                ),
              ],
            },
            {
              key: "by-product",
              head: "For the median product",
              cells: [
                "",
                ...BASELINES.map(({ name: key }) =>
                  formatAgainst(forecast.baselines[key]?.ours_against_by_product),
                ),
              ],
            },
          ]}
        />
      </ChartAndTables>
      <Thirds title={title} forecast={forecast} />
    </Section>
  );
}

function Thirds({ title, forecast }: { title: string; forecast: ForecastScores }) {
  const rows = thirdRows(forecast);
  const levels = coverageRows(forecast).map((row) => row.level);
  if (rows.length === 0) return null;
  return (
    <details className="mt-3">
      <summary className="text-muted hover:text-ink">
        Within thirds of rank, price and offers
      </summary>
      <div className="mt-2">
        <FigureTable
          label={`${title}: outcomes below each level within thirds`}
          heads={["Should be", ...levels.map(formatShare), "Largest error", "Windows"]}
          rows={rows.map((row) => ({
            key: row.key,
            head: `${row.label} ${row.range}`,
            cells: [
              ...levels.map((level) => formatTenths(row.coverage[String(level)])),
              row.error,
              formatInteger(row.windows),
            ],
          }))}
        />
        <p className="mt-2 text-sm text-faint">
          The windows of one product resemble each other, so few products tell little, however many
          their windows: hence the standard error after ±.
        </p>
      </div>
    </details>
  );
}
