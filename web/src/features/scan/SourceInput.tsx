import { type DragEvent, useEffect, useRef, useState } from "react";
import type { ScanSource } from "@/api/endpoints";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { cx } from "@/lib/cx";
import { formatInteger, plural } from "@/lib/format";
import { useDebounced } from "@/lib/hooks";
import { parseLeads } from "@/lib/leads";

const EXAMPLE = "9780593655030, 12.50\n0134093410, 4.00, 2\nhttps://www.amazon.com/dp/B00FLIJJSA";

interface Props {
  source: ScanSource | null;
  onChange: (source: ScanSource | null) => void;
}

/** A lead file, dropped or chosen, or leads pasted as text. */
export function SourceInput({ source, onChange }: Props) {
  if (source?.kind === "file") {
    return <ChosenFile file={source.file} onRemove={() => onChange(null)} />;
  }
  return (
    <div className="grid gap-3 md:grid-cols-2">
      <DropZone onFile={(file) => onChange({ kind: "file", file, columns: null })} />
      <PasteBox onChange={onChange} />
    </div>
  );
}

function ChosenFile({ file, onRemove }: { file: File; onRemove: () => void }) {
  return (
    <div className="flex items-center gap-3 rounded-lg border border-line px-4 py-3">
      <Icon name="leads" className="text-muted" />
      <span className="min-w-0 truncate font-medium">{file.name}</span>
      <span className="text-faint">
        {formatInteger(Math.max(1, Math.round(file.size / 1024)))} KB
      </span>
      <Button kind="quiet" className="ml-auto" onClick={onRemove}>
        Choose another
      </Button>
    </div>
  );
}

function DropZone({ onFile }: { onFile: (file: File) => void }) {
  const [isOver, setIsOver] = useState(false);
  const take = (files: FileList | null) => {
    const file = files?.[0];
    if (file) onFile(file);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setIsOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <label
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
      className={cx(
        "flex min-h-40 flex-col items-center justify-center rounded-lg border border-dashed p-4 text-center",
        "focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent",
        isOver ? "border-accent bg-accent-soft" : "border-line-strong hover:bg-hover",
      )}
    >
      <Icon name="upload" size={20} className="text-muted" />
      <span className="mt-2 text-md font-medium">Drop a CSV or XLSX file, or choose one</span>
      <span className="mt-1 text-muted">
        One lead per row: an identifier, and if known its cost, quantity, condition and supplier
      </span>
      <input
        type="file"
        accept=".csv,.tsv,.txt,.xlsx,text/csv"
        className="sr-only"
        onChange={(event) => take(event.target.files)}
      />
    </label>
  );
}

function PasteBox({ onChange }: { onChange: (source: ScanSource | null) => void }) {
  const [text, setText] = useState("");
  const settled = useDebounced(text, 500);
  const changed = useRef(onChange);
  useEffect(() => {
    changed.current = onChange;
  });
  useEffect(() => {
    const leads = parseLeads(settled);
    changed.current(leads.length ? { kind: "leads", leads } : null);
  }, [settled]);
  const count = parseLeads(text).length;
  return (
    <div className="flex flex-col">
      <textarea
        value={text}
        onChange={(event) => setText(event.target.value)}
        aria-label="Paste identifiers, one per line, with an optional cost and quantity"
        placeholder={EXAMPLE}
        spellCheck={false}
        className="min-h-40 flex-1 resize-y rounded-lg border border-line-strong bg-page p-3 font-mono text-sm leading-5"
      />
      <p className="mt-1 flex justify-between text-sm text-faint">
        <span>identifier, cost, quantity</span>
        {count > 0 && <span>{plural(count, "lead")}</span>}
      </p>
    </div>
  );
}
