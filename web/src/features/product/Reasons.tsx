import type { ReactNode } from "react";
import type { DecisionRecord } from "@/api/types";
import { Icon } from "@/components/Icon";
import { Section } from "@/components/Section";
import { StatusMark } from "@/components/StatusMark";
import { cx } from "@/lib/cx";
import { plural } from "@/lib/format";

/** Each criterion of the policy, the gravest first, and the smallest changes to a buy. */
export function Reasons({ record }: { record: DecisionRecord }) {
  const reasons = record.reasons ?? [];
  const passed = reasons.filter((reason) => reason.status === "pass").length;
  const changes = record.counterfactual ?? [];
  return (
    <div
      className={cx(
        "grid gap-x-8 border-t border-line pt-4",
        changes.length > 0 && "lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]",
      )}
    >
      <Section
        title="Reasons"
        aside={`${passed} of ${plural(reasons.length, "criterion", "criteria")} passed`}
      >
        <ul>
          {reasons.map((reason) => (
            <Line key={`${reason.code}${reason.text}`} mark={<StatusMark status={reason.status} />}>
              {reason.text}
            </Line>
          ))}
        </ul>
      </Section>
      {changes.length > 0 && (
        <Section
          title="What would make it a buy"
          className="border-t! pt-4! lg:border-t-0! lg:pt-0!"
        >
          <ul>
            {changes.map((change) => (
              <Line
                key={`${change.change}${change.text}`}
                mark={
                  <span className="inline-grid size-5 place-items-center text-faint">
                    <Icon name="chevronRight" size={12} />
                  </span>
                }
              >
                {change.text}
              </Line>
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}

function Line({ mark, children }: { mark: ReactNode; children: ReactNode }) {
  return (
    <li className="flex gap-1.5 py-0.5">
      <span className="shrink-0">{mark}</span>
      <span className="min-w-0 break-words">{children}</span>
    </li>
  );
}
