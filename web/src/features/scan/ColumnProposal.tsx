import { useMutation } from "@tanstack/react-query";
import { columnsIn, fillColumns } from "@/api/forms";
import type { DetectedColumn } from "@/api/types";
import { Button } from "@/components/Button";
import { ProblemNotice } from "@/components/ProblemNotice";
import { FormNotes } from "@/features/words/FormNotes";
import type { Mapping } from "./mapping";

interface Props {
  columns: DetectedColumn[];
  /** The proposal that is being looked at; null where there is none. */
  proposed: Mapping | null;
  onPropose: (mapping: Mapping | null) => void;
  onUse: (mapping: Mapping) => void;
}

/** Lets odd headings be read; what comes of it is shown in the table and used by hand alone. */
export function ColumnProposal({ columns, proposed, onPropose, onUse }: Props) {
  const fill = useMutation({
    mutationFn: () => fillColumns(columns),
    onSuccess: (form) => onPropose(columnsIn(form)),
  });
  if (!proposed) {
    return (
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button onClick={() => fill.mutate()} disabled={fill.isPending}>
          {fill.isPending ? "Reading…" : "Read odd headings"}
        </Button>
        <span className="text-sm text-muted">A language model sees the headings alone.</span>
        {fill.error && <ProblemNotice error={fill.error} onRetry={() => fill.mutate()} />}
      </div>
    );
  }
  return (
    <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2 border-l-2 border-accent bg-accent-soft px-3 py-2">
      <div className="min-w-0 flex-1 basis-64">
        <p className="font-medium">Proposed below; nothing is changed yet.</p>
        {fill.data && <FormNotes form={fill.data} />}
      </div>
      <Button kind="primary" onClick={() => onUse(proposed)}>
        Use these columns
      </Button>
      <Button kind="quiet" onClick={() => onPropose(null)}>
        Leave as it was
      </Button>
    </div>
  );
}
