import type { Row } from "@tanstack/react-table";
import { flexRender } from "@tanstack/react-table";
import { memo, type Ref } from "react";
import type { DecisionRow } from "@/api/types";
import { Icon } from "@/components/Icon";
import { cx } from "@/lib/cx";
import { COLUMN_LOOKS, type features } from "./columns";
import { LeadDetail } from "./LeadDetail";

interface Props {
  ref: Ref<HTMLTableSectionElement>;
  index: number;
  row: Row<typeof features, DecisionRow>;
  isCurrent: boolean;
  isOpen: boolean;
  onToggle: (id: number) => void;
}

/** One decision as a group of one or two table rows, so that both are measured together. */
export const LeadRow = memo(function LeadRow({
  ref,
  index,
  row,
  isCurrent,
  isOpen,
  onToggle,
}: Props) {
  const cells = row.getAllCells();
  return (
    <tbody ref={ref} data-index={index} className="group">
      <tr
        aria-rowindex={index + 2}
        aria-current={isCurrent ? true : undefined}
        onClick={(event) => {
          if (!(event.target as HTMLElement).closest("a, button")) onToggle(row.original.id);
        }}
        className="cursor-default"
      >
        {cells.map((cell) => {
          const look = COLUMN_LOOKS[cell.column.id];
          return (
            <td
              key={cell.id}
              className={cx(
                "h-11 overflow-hidden px-1.5 first:pl-3 last:pr-3 align-middle leading-4",
                isOpen ? "border-b border-transparent" : "border-b border-line",
                isCurrent ? "bg-accent-soft" : "bg-page group-hover:bg-hover",
                cell.column.id === "product" && "sticky left-0 z-10",
                look?.isNumeric && "text-right",
              )}
            >
              {cell.column.id === "verdict" ? (
                <span className="flex items-center">
                  <button
                    type="button"
                    aria-expanded={isOpen}
                    aria-label={isOpen ? "Hide the reasons" : "Show the reasons"}
                    onClick={() => onToggle(row.original.id)}
                    className="-ml-1 grid size-5 shrink-0 place-items-center text-faint hover:text-ink"
                  >
                    <Icon name="chevronRight" size={11} className={cx(isOpen && "rotate-90")} />
                  </button>
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </span>
              ) : (
                flexRender(cell.column.columnDef.cell, cell.getContext())
              )}
            </td>
          );
        })}
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={cells.length} className="border-b border-line bg-sunken">
            <LeadDetail row={row.original} />
          </td>
        </tr>
      )}
    </tbody>
  );
});
