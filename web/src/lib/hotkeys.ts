import { useEffect, useRef } from "react";

export type Hotkeys = Record<string, (event: KeyboardEvent) => void>;

const SEQUENCE_MS = 900;
const NAMES: Record<string, string> = { ArrowDown: "down", ArrowUp: "up" };

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Enter and space belong to the control that has the focus. */
function belongsToControl(event: KeyboardEvent): boolean {
  return (
    (event.key === "Enter" || event.key === " ") &&
    event.target instanceof HTMLElement &&
    event.target.closest("a, button, summary, [role=button]") !== null
  );
}

/**
 * Binds keys while the component is on screen. Names are `KeyboardEvent.key`, or "up" and "down"; two keys after each
 * other are written with a space ("g l"). Nothing fires while typing, in a dialog, or with a modifier.
 */
export function useHotkeys(hotkeys: Hotkeys, isEnabled = true): void {
  const current = useRef(hotkeys);
  useEffect(() => {
    current.current = hotkeys;
  });
  useEffect(() => {
    if (!isEnabled) return;
    let prefix = "";
    let timer: number | undefined;
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (isTyping(event.target) || belongsToControl(event)) return;
      if (document.querySelector("dialog[open]")) return;
      const key = NAMES[event.key] ?? event.key;
      const handler = current.current[prefix ? `${prefix} ${key}` : key] ?? current.current[key];
      window.clearTimeout(timer);
      prefix = handler ? "" : key;
      timer = window.setTimeout(() => {
        prefix = "";
      }, SEQUENCE_MS);
      if (!handler) return;
      event.preventDefault();
      handler(event);
    };
    window.addEventListener("keydown", listen);
    return () => {
      window.removeEventListener("keydown", listen);
      window.clearTimeout(timer);
    };
  }, [isEnabled]);
}
