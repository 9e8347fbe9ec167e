import type { FeeLine } from "@/api/types";
import { Popover } from "@/components/Popover";
import { formatInput } from "@/lib/evidence";
import { daysText } from "@/lib/fees";
import { words } from "@/lib/format";

interface Props {
  name: string;
  line: FeeLine;
  currency: string;
}

/** A fee's name; it opens to the rule, what went in, the source and the days on which it holds. */
export function FeeLineCard({ name, line, currency }: Props) {
  return (
    <Popover
      label={`${name}: how it is computed`}
      triggerClass="truncate underline decoration-1 decoration-line-strong decoration-dotted underline-offset-3 hover:decoration-accent"
      trigger={name}
    >
      <h3 className="mb-1 font-semibold">{name}</h3>
      {line.reason && <p className="mb-2 text-unsure">Not known: {line.reason}.</p>}
      <p className="mb-2 rounded-sm bg-sunken px-2 py-1.5 font-mono text-sm break-words">
        {line.rule}
      </p>
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 text-sm [&_dt]:text-muted">
        {Object.entries(line.inputs).map(([key, value]) => (
          <div key={key} className="col-span-2 grid grid-cols-subgrid">
            <dt>{words(key)}</dt>
            <dd className="max-w-44 text-right break-words">
              {formatInput("fees", key, value, currency)}
            </dd>
          </div>
        ))}
      </dl>
      {line.sources.map((source) => (
        <section key={source.id} className="mt-2 border-t border-line pt-2 text-sm text-muted">
          <p className="text-ink">
            {daysText(source.first_day, source.last_day)}
            {source.confidence && ` · ${source.confidence} confidence`}
          </p>
          {source.sources.map((text) => (
            <p key={text} className="break-words">
              {text}
            </p>
          ))}
          {source.note && <p className="mt-1 text-faint">{source.note}</p>}
        </section>
      ))}
    </Popover>
  );
}
