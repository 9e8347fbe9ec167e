import type { ReactNode } from "react";
import type { DecisionRecord } from "@/api/types";
import { Missing } from "@/components/Missing";
import { Popover } from "@/components/Popover";
import { cx } from "@/lib/cx";
import { evidenceOf, figureTitle } from "@/lib/evidence";
import { whyMissing } from "@/lib/missing";
import { EvidenceCard } from "./EvidenceCard";

interface Props {
  record: DecisionRecord;
  figure: string;
  /** The figure as text; null where it is not known. */
  children: ReactNode;
  className?: string | undefined;
}

/** A number that opens: pressing it shows where it comes from. */
export function OpenFigure({ record, figure, children, className }: Props) {
  if (children === null) return <Missing why={whyMissing(record, figure)} />;
  return (
    <Popover
      label={`${figureTitle(figure)}: where it comes from`}
      triggerClass={cx(
        "rounded-xs whitespace-nowrap underline decoration-1 decoration-line-strong decoration-dotted underline-offset-3 hover:decoration-accent",
        className,
      )}
      trigger={children}
    >
      <EvidenceCard figure={figure} evidence={evidenceOf(record, figure)} record={record} />
    </Popover>
  );
}
