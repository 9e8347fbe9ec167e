import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { DecisionRow } from "@/api/types";
import { cx } from "@/lib/cx";
import { useIsPhone } from "@/lib/hooks";
import { COLUMN_LOOKS, columns, features } from "./columns";
import { LeadCard } from "./LeadCard";
import { LeadHeader } from "./LeadHeader";
import { LeadRow } from "./LeadRow";
import { useRowCursor } from "./useRowCursor";

const ROW_HEIGHT = 45;
const CARD_HEIGHT = 116;
/** The next page is asked for when this many rows are left below. */
const AHEAD = 30;

interface Props {
  rows: DecisionRow[];
  sort?: string | undefined;
  onSort?: ((sort: string | undefined) => void) | undefined;
  hasMore?: boolean;
  isLoadingMore?: boolean;
  onMore?: (() => void) | undefined;
  isStale?: boolean;
}

/** Decisions as a dense table that renders only what is in sight; cards on a phone. */
export function LeadTable({
  rows,
  hasMore = false,
  isLoadingMore = false,
  onMore,
  ...rest
}: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const isPhone = useIsPhone();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isPhone ? CARD_HEIGHT : ROW_HEIGHT),
    getItemKey: (index) => rows[index]?.id ?? index,
    scrollPaddingStart: isPhone ? 0 : 36,
    overscan: 8,
  });
  const { cursor, open, toggle } = useRowCursor(rows, (index) => virtualizer.scrollToIndex(index));
  const table = useTable({ features, columns, data: rows, getRowId: (row) => String(row.id) });

  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const wantsMore = hasMore && !isLoadingMore && lastIndex >= rows.length - AHEAD;
  useEffect(() => {
    if (wantsMore) onMore?.();
  }, [wantsMore, onMore]);

  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  const tableRows = table.getRowModel().rows;

  if (isPhone) {
    return (
      <div
        ref={scroller}
        className={cx("min-h-0 flex-1 overflow-auto", rest.isStale && "opacity-60")}
      >
        <div style={{ height: before }} />
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <div key={item.key} data-index={item.index} ref={virtualizer.measureElement}>
                <LeadCard row={row} isOpen={open.has(row.id)} onToggle={toggle} />
              </div>
            )
          );
        })}
        <div style={{ height: after }} />
      </div>
    );
  }

  return (
    <div
      ref={scroller}
      className={cx("min-h-0 flex-1 overflow-auto", rest.isStale && "opacity-60")}
    >
      <table
        aria-label="Leads"
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        className="w-full min-w-[1152px] table-fixed border-separate border-spacing-0"
      >
        <colgroup>
          {columns.map((column) => {
            const width = COLUMN_LOOKS[column.id ?? ""]?.width ?? null;
            return <col key={column.id} style={width === null ? undefined : { width }} />;
          })}
        </colgroup>
        <LeadHeader table={table} sort={rest.sort} onSort={rest.onSort} />
        <tbody aria-hidden="true">
          <tr style={{ height: before }} />
        </tbody>
        {items.map((item) => {
          const row = tableRows[item.index];
          return (
            row && (
              <LeadRow
                key={item.key}
                ref={virtualizer.measureElement}
                index={item.index}
                row={row}
                isCurrent={row.original.id === cursor}
                isOpen={open.has(row.original.id)}
                onToggle={toggle}
              />
            )
          );
        })}
        <tbody aria-hidden="true">
          <tr style={{ height: after }} />
        </tbody>
      </table>
    </div>
  );
}
