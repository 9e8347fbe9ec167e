import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type RefObject, useState } from "react";
import { Icon } from "@/components/Icon";

/** Takes any product code or Amazon link and opens its product page. */
export function SearchBox({ inputRef }: { inputRef: RefObject<HTMLInputElement | null> }) {
  const navigate = useNavigate();
  const [text, setText] = useState("");

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const identifier = text.trim();
    if (!identifier) return;
    setText("");
    inputRef.current?.blur();
    // The state tells a typed search from a followed link, which must not spend tokens by itself.
    void navigate({ to: "/lookup", search: { q: identifier }, state: { isTyped: true } });
  };

  return (
    <search className="min-w-0 flex-1 md:max-w-105">
      <form onSubmit={submit} className="relative">
        <Icon
          name="search"
          size={14}
          className="pointer-events-none absolute top-2 left-2.5 text-faint"
        />
        <input
          ref={inputRef}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && inputRef.current?.blur()}
          aria-label="Find a product by ASIN, ISBN, EAN, UPC or link"
          placeholder="ASIN, ISBN, EAN, UPC or Amazon link"
          autoComplete="off"
          spellCheck={false}
          enterKeyHint="search"
          className="h-8 w-full rounded-md border border-line bg-sunken pr-8 pl-8 text-base focus:border-accent focus:bg-page focus:outline-none"
        />
        <kbd className="pointer-events-none absolute top-1.5 right-2 hidden rounded-sm border border-line bg-page px-1.5 font-sans text-xs leading-4 text-faint md:block">
          /
        </kbd>
      </form>
    </search>
  );
}
