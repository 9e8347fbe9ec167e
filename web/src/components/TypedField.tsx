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
  const isTouched = useRef(false);
  const act = useRef({ isValid, onChange });
  useEffect(() => {
    act.current = { isValid, onChange };
  });

  useEffect(() => {
    const trimmed = settled.trim();
    if (!act.current.isValid(trimmed)) return;
    isTouched.current = false;
    if (trimmed === applied.current) return;
    applied.current = trimmed;
    act.current.onChange(trimmed);
  }, [settled]);

  useEffect(() => {
    if (value === applied.current) return;
    applied.current = value;
    // A value that arrives must neither wipe out what is being typed nor get under the cursor of
    // who is about to type; the field takes it when it is left untouched.
    if (!isTouched.current && document.activeElement !== input.current) setText(value);
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
        onChange={(event) => {
          isTouched.current = true;
          setText(event.target.value);
        }}
        onBlur={() => !isTouched.current && setText(value)}
        onKeyDown={(event) => event.key === "Escape" && input.current?.blur()}
        aria-invalid={isWrong}
        placeholder={inputMode === "decimal" ? "0.00" : "1"}
        className={cx("field w-full", isWrong && "border-fail!")}
      />
    </label>
  );
}
