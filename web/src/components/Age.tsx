import { formatAge, formatMoment, MISSING } from "@/lib/format";
import { useNow } from "@/lib/hooks";

/** How long ago something was observed; the full moment shows on hover. */
export function Age({ at, isLong = false }: { at: string | null | undefined; isLong?: boolean }) {
  const now = useNow();
  if (!at) return <span className="text-faint">{MISSING}</span>;
  const age = formatAge(at, now);
  return (
    <time dateTime={at} title={formatMoment(at)} className="whitespace-nowrap">
      {isLong && age !== "now" ? `${age} ago` : age}
    </time>
  );
}
