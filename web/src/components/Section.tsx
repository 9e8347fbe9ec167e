import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

interface Props {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  className?: string | undefined;
}

/** A titled part of a page, parted from the one before it by a hairline. */
export function Section({ title, aside, children, className }: Props) {
  return (
    <section
      aria-label={title}
      className={cx("border-t border-line py-4 first:border-t-0 first:pt-0", className)}
    >
      <header className="mb-2 flex min-h-5 items-center justify-between gap-3">
        <h2 className="heading">{title}</h2>
        {aside && <div className="text-sm text-faint">{aside}</div>}
      </header>
      {children}
    </section>
  );
}
