import { useEffect, useState, useSyncExternalStore } from "react";

/** The present in milliseconds, renewed every `everyMs`. */
export function useNow(everyMs = 30_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
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
