import { useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import type { DecisionRow } from "@/api/types";
import { useHotkeys } from "@/lib/hotkeys";
import { productLink } from "./productLink";

/** Which row the keys act on and which rows are open. Both follow the decision, not its position. */
export function useRowCursor(rows: DecisionRow[], scrollTo: (index: number) => void) {
  const navigate = useNavigate();
  const [cursor, setCursor] = useState<number | null>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());

  const toggle = useCallback((id: number) => {
    setCursor(id);
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  }, []);

  const move = (step: number) => {
    const at = rows.findIndex((row) => row.id === cursor);
    const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step));
    const row = rows[next];
    if (!row) return;
    setCursor(row.id);
    scrollTo(next);
  };

  const openProduct = () => {
    const row = rows.find((item) => item.id === cursor);
    const link = row && productLink(row);
    if (link) void navigate(link);
  };

  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    down: () => move(1),
    up: () => move(-1),
    Enter: openProduct,
    " ": () => cursor !== null && toggle(cursor),
  });

  return { cursor, open, toggle };
}
