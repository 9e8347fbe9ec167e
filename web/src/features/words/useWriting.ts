import { useEffect, useRef, useState } from "react";
import { explain } from "@/api/explain";
import { type Problem, toProblem } from "@/api/problem";
import type { ClaimEvent, Explanation, ExplanationRequest } from "@/api/types";

export interface Writing {
  /** The checked claims so far. */
  claims: ClaimEvent[];
  written: Explanation | null;
  problem: Problem | null;
  isWriting: boolean;
  write: (asked: ExplanationRequest) => void;
  clear: () => void;
}

const NOTHING = { claims: [], written: null, problem: null, isWriting: false };

/** A text that is written when asked for; what was written about something else is dropped. */
export function useWriting(about: string): Writing {
  const [state, setState] = useState<Omit<Writing, "write" | "clear">>(NOTHING);
  const call = useRef<AbortController | null>(null);

  const clear = () => {
    call.current?.abort();
    setState(NOTHING);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was written is about something else
  useEffect(() => clear, [about]);

  const write = async (asked: ExplanationRequest) => {
    call.current?.abort();
    const controller = new AbortController();
    call.current = controller;
    const change = (part: Partial<typeof state>) => {
      if (!controller.signal.aborted) setState((before) => ({ ...before, ...part }));
    };
    setState({ ...NOTHING, isWriting: true });
    const handlers = {
      onClaim: (claim: ClaimEvent) =>
        setState((before) => ({ ...before, claims: [...before.claims, claim] })),
      onWithdrawn: () => change({ claims: [] }),
    };
    try {
      change({ written: await explain(asked, handlers, controller.signal), isWriting: false });
    } catch (error) {
      change({ problem: toProblem(error), isWriting: false });
    }
  };
  return { ...state, write: (asked) => void write(asked), clear };
}
