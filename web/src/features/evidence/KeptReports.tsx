import { Link } from "@tanstack/react-router";
import type { KeptReport } from "@/api/types";
import { Age } from "@/components/Age";
import { Section } from "@/components/Section";
import { SOURCE_NAMES } from "@/lib/backtest";
import { formatInteger, plural } from "@/lib/format";
import { FigureTable } from "./FigureTable";

/** Every replay that was kept, so that a model can be compared with the one before it. */
export function KeptReports({ kept, shown }: { kept: readonly KeptReport[]; shown: number }) {
  return (
    <Section title="Kept replays" aside={plural(kept.length, "replay")}>
      <FigureTable
        label="Kept replays"
        heads={["Evidence", "Replayed", "What", "Products", "Decisions", "Model"]}
        rows={kept.map((one) => ({
          key: String(one.id),
          isStrong: one.id === shown,
          head: (
            <Link
              to="/evidence"
              search={{ source: one.source, report: String(one.id) }}
              className="link"
              aria-current={one.id === shown ? "page" : undefined}
            >
              {one.id}
            </Link>
          ),
          cells: [
            <Age key="age" at={one.created_at} isLong />,
            SOURCE_NAMES[one.source],
            formatInteger(one.products),
            formatInteger(one.windows),
            <span key="model" className="text-sm text-faint">
              {one.model_version}
            </span>,
          ],
        }))}
      />
    </Section>
  );
}
