import { useState } from "react";
import { Button } from "@/components/Button";

/** A text to take over into another program, with a button that copies it. */
export function Snippet({ label, text }: { label: string; text: string }) {
  const [copied, setCopied] = useState<string | null>(null);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(text);
  };
  return (
    <figure className="mb-3">
      <figcaption className="mb-1 flex items-center justify-between gap-3 text-muted">
        {label}
        <Button kind="quiet" onClick={copy} aria-label={`Copy: ${label}`}>
          <span aria-live="polite">{copied === text ? "Copied" : "Copy"}</span>
        </Button>
      </figcaption>
      <pre className="rounded-md border border-line bg-sunken p-3 font-mono text-sm break-all whitespace-pre-wrap">
        {text}
      </pre>
    </figure>
  );
}
