import { Section } from "@/components/Section";

const UNDERSTOOD: readonly [what: string, how: string][] = [
  [
    "identifier",
    "ASIN, ISBN-10, ISBN-13, EAN, UPC, GTIN or an Amazon link. Zeros that a spreadsheet dropped are put back, and every repair is shown.",
  ],
  ["cost", "What you pay for one unit. Without it you still get the max cost."],
  ["quantity", "How many you could buy. One where it does not say."],
  [
    "condition",
    "New, like new, very good, good or acceptable. The policy's where it does not say.",
  ],
  ["supplier, url, notes", "Kept with the lead. Other columns pass through to exports."],
];

/** What a list may hold. */
export function SourceHelp() {
  return (
    <Section
      title="Columns that are understood, in any order and usual spellings"
      className="mt-4 pt-4!"
    >
      <dl className="grid max-w-2xl grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1.5">
        {UNDERSTOOD.map(([what, how]) => (
          <div key={what} className="col-span-2 grid grid-cols-subgrid">
            <dt className="font-medium">{what}</dt>
            <dd className="text-muted">{how}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
