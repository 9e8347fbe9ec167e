import type { ReasonStatus, RiskStatus, RunState, Verdict } from "@/api/types";
import type { IconName } from "./Icon";

/** What a colour means. It never stands alone: an icon or a word goes with it. */
export type Tone = "pass" | "fail" | "warn" | "unsure" | "neutral";

export const TONE_TEXT: Record<Tone, string> = {
  pass: "text-pass",
  fail: "text-fail",
  warn: "text-warn",
  unsure: "text-unsure",
  neutral: "text-muted",
};

export const TONE_SOFT: Record<Tone, string> = {
  pass: "bg-pass-soft text-pass",
  fail: "bg-fail-soft text-fail",
  warn: "bg-warn-soft text-warn",
  unsure: "bg-unsure-soft text-unsure",
  neutral: "bg-hover text-muted",
};

export const TONE_FILL: Record<Tone, string> = {
  pass: "bg-pass",
  fail: "bg-fail",
  warn: "bg-warn",
  unsure: "bg-unsure",
  neutral: "bg-muted",
};

interface Look {
  label: string;
  tone: Tone;
  icon: IconName;
}

export const VERDICT_LOOK: Record<Verdict, Look & { meaning: string }> = {
  buy: { label: "Buy", tone: "pass", icon: "check", meaning: "Meets every limit of the policy" },
  review: {
    label: "Review",
    tone: "warn",
    icon: "eye",
    meaning: "Worth a look: not every limit is met, none is broken hard",
  },
  skip: { label: "Skip", tone: "fail", icon: "close", meaning: "Breaks a limit of the policy" },
  unknown: {
    label: "Unknown",
    tone: "unsure",
    icon: "question",
    meaning: "Cannot be judged yet: something needed is missing",
  },
};

export const REASON_LOOK: Record<ReasonStatus, Look> = {
  pass: { label: "Passes", tone: "pass", icon: "check" },
  fail: { label: "Fails", tone: "fail", icon: "close" },
  warning: { label: "Warning", tone: "warn", icon: "alert" },
  unknown: { label: "Not known", tone: "unsure", icon: "question" },
};

export const RISK_LOOK: Record<RiskStatus, Look> = {
  ok: { label: "Fine", tone: "pass", icon: "check" },
  warning: { label: "Warning", tone: "warn", icon: "alert" },
  blocker: { label: "Blocker", tone: "fail", icon: "close" },
  unknown: { label: "Not known", tone: "unsure", icon: "question" },
};

export const RUN_LOOK: Record<RunState, { label: string; tone: Tone }> = {
  queued: { label: "Queued", tone: "neutral" },
  running: { label: "Running", tone: "neutral" },
  waiting_tokens: { label: "Waiting for tokens", tone: "warn" },
  succeeded: { label: "Done", tone: "pass" },
  failed: { label: "Failed", tone: "fail" },
  cancelled: { label: "Cancelled", tone: "neutral" },
};
