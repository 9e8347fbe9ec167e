import { useState } from "react";
import type { DetectedColumn } from "@/api/types";
import { Section } from "@/components/Section";
import { title } from "@/lib/format";
import { ColumnProposal } from "./ColumnProposal";
import { assigned, FIELDS, type Mapping, mappingOf } from "./mapping";

interface Props {
  columns: DetectedColumn[];
  onChange: (columns: Mapping) => void;
}

/** Which column of the file holds what, as detected, to be put right where it is wrong. */
export function ColumnMapping({ columns, onChange }: Props) {
  const [proposed, setProposed] = useState<Mapping | null>(null);
  const mapping = proposed ?? mappingOf(columns);
  const change = (header: string, field: string) => {
    const changed = assigned(mapping, header, field);
    if (proposed) setProposed(changed);
    else onChange(changed);
  };
  return (
    <Section title="Columns" aside="Others pass through to exports" className="mt-2 border-t-0">
      <ColumnProposal
        columns={columns}
        proposed={proposed}
        onPropose={setProposed}
        onUse={(chosen) => {
          setProposed(null);
          onChange(chosen);
        }}
      />
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
              <Row
                key={column.header}
                column={column}
                field={fieldOf(mapping, column.header)}
                onChange={(field) => change(column.header, field)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

const fieldOf = (mapping: Mapping, header: string): string =>
  FIELDS.find((field) => mapping[field] === header) ?? "";

interface RowProps {
  column: DetectedColumn;
  field: string;
  onChange: (field: string) => void;
}

function Row({ column, field, onChange }: RowProps) {
  return (
    <tr className="border-t border-line">
      <td className="py-1 pr-4 font-medium">{column.header}</td>
      <td className="py-1 pr-4">
        <select
          aria-label={`Meaning of the column ${column.header}`}
          className="field h-7! w-32"
          value={field}
          onChange={(event) => onChange(event.target.value)}
        >
          <option value="">Not used</option>
          {FIELDS.map((one) => (
            <option key={one} value={one}>
              {title(one)}
            </option>
          ))}
        </select>
      </td>
      <td className="max-w-72 truncate py-1 text-muted">{column.sample.join(" · ")}</td>
    </tr>
  );
}
