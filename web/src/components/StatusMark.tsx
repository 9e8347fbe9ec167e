import type { ReasonStatus, RiskStatus } from "@/api/types";
import { cx } from "@/lib/cx";
import { Icon } from "./Icon";
import { REASON_LOOK, RISK_LOOK, TONE_TEXT } from "./tones";

/** The icon of a reason or risk, with its word for those who do not see it. */
export function StatusMark({ status }: { status: ReasonStatus | RiskStatus }) {
  const look = { ...REASON_LOOK, ...RISK_LOOK }[status];
  return (
    <span
      title={look.label}
      className={cx("inline-grid size-5 place-items-center", TONE_TEXT[look.tone])}
    >
      <Icon name={look.icon} size={14} strokeWidth={2} />
      <span className="sr-only">{look.label}:</span>
    </span>
  );
}
