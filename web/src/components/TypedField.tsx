import { useEffect, useRef, useState } from "react";
import { cx } from "@/lib/cx";
import { useDebounced } from "@/lib/hooks";
import { useHotkeys } from "@/lib/hotkeys";

interface Props {
  label: string;
  value: string;
  inputMode: "decimal" | "numeric";
  hotkey?: string;
  isValid: (text: string) => boolean;
  onChange: (text: string) => void;
}

/** A number that is typed: applied when it rests and makes sense, marked while it does not. */
export function TypedField({ label, value, inputMode, hotkey, isValid, onChange }: Props) {
  const [text, setText] = useState(value);
  const settled = useDebounced(text, 350);
  const input = useRef<HTMLInputElement>(null);
  const applied = useRef(value);
  const act = useRef({ isValid, onChange, text });
  useEffect(() => {
    act.current = { isValid, onChange, text };
  });

  useEffect(() => {
    const trimmed = settled.trim();
    if (trimmed === applied.current || !act.current.isValid(trimmed)) return;
    applied.current = trimmed;
    act.current.onChange(trimmed);
  }, [settled]);

  useEffect(() => {
    if (value === applied.current) return;
    // What is being typed stays: a value that arrives meanwhile must not wipe it out.
    const isResting = act.current.text.trim() === applied.current;
    applied.current = value;
    if (isResting) setText(value);
  }, [value]);

  useHotkeys({ [hotkey ?? ""]: () => input.current?.select() }, hotkey !== undefined);
  const isWrong = !isValid(text.trim());
  return (
    <label className="block">
      <span className="heading mb-1 block">{label}</span>
      <input
        ref={input}
        value={text}
        inputMode={inputMode}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && input.current?.blur()}
        aria-invalid={isWrong}
        placeholder={inputMode === "decimal" ? "0.00" : "1"}
        className={cx("field w-full", isWrong && "border-fail!")}
      />
    </label>
  );
}
