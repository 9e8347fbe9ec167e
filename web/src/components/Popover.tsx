import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { cx } from "@/lib/cx";

const GAP = 6;
const EDGE = 8;

interface Props {
  /** What is shown and pressed. */
  trigger: ReactNode;
  triggerClass?: string;
  label: string;
  children: ReactNode;
}

/** A button that opens a panel beside itself; the browser closes it on Escape or a press outside. */
export function Popover({ trigger, triggerClass, label, children }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(false);

  useLayoutEffect(() => {
    if (!isOpen || !button.current || !panel.current) return;
    const anchor = button.current.getBoundingClientRect();
    const box = panel.current.getBoundingClientRect();
    const below = anchor.bottom + GAP;
    const fits = below + box.height <= window.innerHeight - EDGE;
    const top = fits ? below : Math.max(EDGE, anchor.top - GAP - box.height);
    const left = Math.min(anchor.left, window.innerWidth - box.width - EDGE);
    panel.current.style.top = `${top}px`;
    panel.current.style.left = `${Math.max(EDGE, left)}px`;
    // Shown only once it stands where it belongs.
    const { style } = panel.current;
    style.opacity = "1";
    return () => {
      style.opacity = "";
    };
  }, [isOpen]);

  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        title={label}
        aria-expanded={isOpen}
        className={cx("text-left", triggerClass)}
      >
        {trigger}
        <span className="sr-only">{` (${label})`}</span>
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        onToggle={(event) => setIsOpen(event.newState === "open")}
        className="fixed opacity-0 max-h-[70dvh] w-80 max-w-[calc(100vw-16px)] overflow-auto rounded-lg border border-line-strong bg-raised p-3 text-base font-normal tracking-normal whitespace-normal text-ink shadow-(--shadow)"
      >
        {isOpen && children}
      </div>
    </>
  );
}
