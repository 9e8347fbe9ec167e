import type { ReactTable } from "@tanstack/react-table";
import type { DecisionRow } from "@/api/types";
import { Icon } from "@/components/Icon";
import { cx } from "@/lib/cx";
import { nextSort, parseSort } from "@/lib/search";
import { COLUMN_LOOKS, type features } from "./columns";

interface Props {
  table: ReactTable<typeof features, DecisionRow>;
  sort: string | undefined;
  onSort: ((sort: string | undefined) => void) | undefined;
}

/** Column headings; pressing one sorts on the server. */
export function LeadHeader({ table, sort, onSort }: Props) {
  const current = parseSort(sort);
  return (
    <thead>
      {table.getHeaderGroups().map((group) => (
        <tr key={group.id}>
          {group.headers.map((header) => {
            const look = COLUMN_LOOKS[header.column.id];
            const key = look?.sort;
            const isSorted = key !== undefined && current?.key === key;
            const direction = isSorted
              ? current.isDescending
                ? "descending"
                : "ascending"
              : "none";
            const name = <table.FlexRender header={header} />;
            return (
              <th
                key={header.id}
                scope="col"
                title={look?.hint}
                aria-sort={key && onSort ? direction : undefined}
                className={cx(
                  "sticky top-0 z-20 h-8 border-b border-line-strong bg-page px-1.5 first:pl-3 last:pr-3 text-left text-xs font-medium whitespace-nowrap text-muted",
                  header.column.id === "product" && "left-0 z-30",
                  look?.isNumeric && "text-right",
                )}
              >
                {key && onSort ? (
                  <button
                    type="button"
                    onClick={() => onSort(nextSort(sort, key))}
                    className={cx(
                      "inline-flex items-center gap-0.5 hover:text-ink",
                      look.isNumeric && "flex-row-reverse",
                      isSorted && "font-semibold text-ink",
                    )}
                  >
                    {name}
                    {isSorted && (
                      <Icon name={current.isDescending ? "arrowDown" : "arrowUp"} size={11} />
                    )}
                  </button>
                ) : (
                  name
                )}
              </th>
            );
          })}
        </tr>
      ))}
    </thead>
  );
}
