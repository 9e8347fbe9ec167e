import type { PreviewRow, ScanPreview } from "@/api/types";
import { Icon } from "@/components/Icon";
import { Section } from "@/components/Section";
import { formatInteger, formatMoney, MISSING, plural, words } from "@/lib/format";

/** How the first rows were understood: what was repaired and what cannot be read. */
export function PreviewTable({ preview, isFirst }: { preview: ScanPreview; isFirst: boolean }) {
  const more = preview.rows - preview.preview.length;
  return (
    <Section
      title="How the rows are read"
      className={isFirst ? "mt-2 border-t-0" : undefined}
      aside={more > 0 && `and ${plural(more, "more row")}`}
    >
      <div className="overflow-x-auto">
        <table className="w-full min-w-[640px] [&_td]:py-1 [&_td]:pr-4 [&_th]:pr-4 [&_th]:pb-1">
          <thead>
            <tr className="text-left text-xs text-muted [&_th]:font-medium">
              <th scope="col" className="w-10">
                Row
              </th>
              <th scope="col">Identifier</th>
              <th scope="col">Kind</th>
              <th scope="col">ASIN</th>
              <th scope="col" className="text-right">
                Cost
              </th>
              <th scope="col" className="text-right">
                Qty
              </th>
              <th scope="col">Condition</th>
            </tr>
          </thead>
          <tbody>
            {preview.preview.map((row) => (
              <Row key={row.row} row={row} currency={preview.currency} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Row({ row, currency }: { row: PreviewRow; currency: string }) {
  return (
    <tr className="border-t border-line align-baseline">
      <td className="text-faint">{formatInteger(row.row)}</td>
      <td className="max-w-64">
        <span className="block truncate" title={row.identifier}>
          {row.identifier || <span className="text-faint">empty</span>}
        </span>
        {row.repairs.map((repair) => (
          <span key={repair} className="flex gap-1 text-sm text-warn">
            <Icon name="alert" size={11} className="mt-0.5 shrink-0" />
            {repair}
          </span>
        ))}
        {row.error && (
          <span className="flex gap-1 text-sm text-fail">
            <Icon name="close" size={11} className="mt-0.5 shrink-0" />
            {row.error.message}
          </span>
        )}
      </td>
      <td className="text-muted">{row.kind ? words(row.kind).toUpperCase() : MISSING}</td>
      <td className="font-mono text-sm">{row.asin ?? MISSING}</td>
      <td className="text-right">{formatMoney(row.unit_cost, currency)}</td>
      <td className="text-right">{formatInteger(row.quantity)}</td>
      <td className="text-muted">
        {row.condition ? (
          words(row.condition)
        ) : (
          <span className="text-faint">{row.error ? MISSING : "the policy's"}</span>
        )}
      </td>
    </tr>
  );
}
