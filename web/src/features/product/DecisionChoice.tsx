import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { choicesQuery } from "@/api/queries";
import { useDebounced } from "@/lib/hooks";
import { leadText } from "./leadText";

interface Props {
  /** The product that is compared already. */
  exceptAsin: string | null;
  value: number | null;
  onChange: (id: number | null) => void;
}

/** One decision of another product: the most profitable ones, narrowed by words of the title. */
export function DecisionChoice({ exceptAsin, value, onChange }: Props) {
  const [text, setText] = useState("");
  const { data } = useQuery(choicesQuery(useDebounced(text.trim(), 250)));
  const rows = (data ?? []).filter((row) => row.asin !== exceptAsin && !row.error);
  return (
    <>
      <label className="min-w-0">
        <span className="heading mb-1 block">Find it by title or code</span>
        <input
          type="search"
          value={text}
          maxLength={200}
          onChange={(event) => {
            setText(event.target.value);
            onChange(null);
          }}
          className="field w-full"
        />
      </label>
      <label className="min-w-0 flex-1 basis-56">
        <span className="heading mb-1 block">With</span>
        <select
          aria-label="With which lead"
          value={value ?? ""}
          onChange={(event) => onChange(event.target.value ? Number(event.target.value) : null)}
          className="field w-full"
        >
          <option value="">{rows.length > 0 ? "Choose a lead" : "No lead matches"}</option>
          {rows.map((row) => (
            <option key={row.id} value={row.id}>
              {`${row.title ?? row.asin}: ${leadText(row)}`}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
