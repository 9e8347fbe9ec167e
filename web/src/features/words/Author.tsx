interface Props {
  model: string | null;
  whyTemplate: { text: string } | null;
  isCached: boolean;
  /** What was done, and who does it where no model does. */
  verb?: string;
  otherwise?: string;
}

/** Who wrote it; where no language model did, why. */
export function Author({
  model,
  whyTemplate,
  isCached,
  verb = "Written",
  otherwise = "the template",
}: Props) {
  return (
    <p className="text-sm text-muted">
      {model !== null
        ? `${verb} by ${model}${isCached ? ", earlier" : ""}; every figure was checked.`
        : `${verb} by ${otherwise}. ${whyTemplate?.text ?? ""}`}
    </p>
  );
}
