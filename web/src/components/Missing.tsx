import { MISSING } from "@/lib/format";

/** The dash that stands for a figure that is not known; the reason shows on hover and is read aloud. */
export function Missing({ why }: { why: string }) {
  return (
    <span title={why} className="cursor-help text-faint">
      <span aria-hidden="true">{MISSING}</span>
      <span className="sr-only">not known: {why}</span>
    </span>
  );
}
