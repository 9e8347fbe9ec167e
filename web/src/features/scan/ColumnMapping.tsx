import type { DetectedColumn, LeadField } from "@/api/types";
import { Section } from "@/components/Section";
import { title } from "@/lib/format";

const FIELDS: readonly LeadField[] = [
  "identifier",
  "cost",
  "quantity",
  "condition",
  "supplier",
  "url",
  "notes",
];

interface Props {
  columns: DetectedColumn[];
  onChange: (columns: Partial<Record<LeadField, string>>) => void;
}

/** Which column of the file holds what, as detected, to be put right where it is wrong. */
export function ColumnMapping({ columns, onChange }: Props) {
  const assign = (header: string, field: string) => {
    const mapping: Partial<Record<LeadField, string>> = {};
    for (const column of columns) {
      const chosen = column.header === header ? field : column.field;
      // A field has one column: the one that was just chosen wins.
      if (chosen && !(chosen === field && column.header !== header)) {
        mapping[chosen as LeadField] = column.header;
      }
    }
    onChange(mapping);
  };
  return (
    <Section title="Columns" aside="Others pass through to exports" className="mt-2 border-t-0">
      <div className="overflow-x-auto">
        <table className="w-full min-w-[520px]">
          <thead>
            <tr className="text-left text-xs text-muted [&_th]:pb-1 [&_th]:font-medium">
              <th scope="col">In the file</th>
              <th scope="col">Means</th>
              <th scope="col">For example</th>
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <tr key={column.header} className="border-t border-line">
                <td className="py-1 pr-4 font-medium">{column.header}</td>
                <td className="py-1 pr-4">
                  <select
                    aria-label={`Meaning of the column ${column.header}`}
                    className="field h-7! w-32"
                    value={column.field ?? ""}
                    onChange={(event) => assign(column.header, event.target.value)}
                  >
                    <option value="">Not used</option>
                    {FIELDS.map((field) => (
                      <option key={field} value={field}>
                        {title(field)}
                      </option>
                    ))}
                  </select>
                </td>
                <td className="max-w-72 truncate py-1 text-muted">{column.sample.join(" · ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
