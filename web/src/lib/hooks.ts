import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

interface Clock {
  now: number;
  timer: number | undefined;
  listeners: Set<() => void>;
}

const clocks = new Map<number, Clock>();

/** One timer for all that show the time at the same pace, however many rows that is. */
function clockOf(everyMs: number): Clock {
  let clock = clocks.get(everyMs);
  if (!clock) {
    clock = { now: Date.now(), timer: undefined, listeners: new Set() };
    clocks.set(everyMs, clock);
  }
  return clock;
}

function listen(clock: Clock, everyMs: number, listener: () => void): () => void {
  const tick = () => {
    clock.now = Date.now();
    for (const each of clock.listeners) each();
  };
  if (clock.listeners.size === 0) {
    clock.now = Date.now();
    clock.timer = window.setInterval(tick, everyMs);
  }
  clock.listeners.add(listener);
  return () => {
    clock.listeners.delete(listener);
    if (clock.listeners.size === 0) window.clearInterval(clock.timer);
  };
}

/** The present in milliseconds, renewed every `everyMs`. */
export function useNow(everyMs = 30_000): number {
  const clock = clockOf(everyMs);
  const subscribe = useCallback(
    (listener: () => void) => listen(clock, everyMs, listener),
    [clock, everyMs],
  );
  return useSyncExternalStore(subscribe, () => clock.now);
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => window.matchMedia(query).matches,
  );
}

/** Narrower than this, rows become cards and the rail moves to the bottom. */
export const useIsPhone = () => useMedia("(max-width: 767px)");

/** A value that follows another one after it has rested for `ms`. */
export function useDebounced<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), ms);
    return () => window.clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** Puts a page's name in front of the program's. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · ArbitrageVault` : "ArbitrageVault";
  }, [title]);
}
