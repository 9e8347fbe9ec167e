import type { ReactNode } from "react";
import { Icon } from "@/components/Icon";

interface Props {
  label: string;
  clearLabel: string;
  onClear: () => void;
  children: ReactNode;
}

/** A filter that is in force, with a way out of it. */
export function FilterChip({ label, clearLabel, onClear, children }: Props) {
  return (
    <span className="flex h-8 items-center gap-1.5 rounded-md border border-line pl-2">
      <span className="text-muted">{label}</span>
      {children}
      <button
        type="button"
        aria-label={clearLabel}
        onClick={onClear}
        className="px-1.5 text-muted hover:text-ink"
      >
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}
