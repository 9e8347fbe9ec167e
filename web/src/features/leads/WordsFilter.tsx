import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { fillFilter } from "@/api/forms";
import { Button } from "@/components/Button";
import { ProblemNotice } from "@/components/ProblemNotice";
import { FilterForm } from "./FilterForm";
import { searchOf } from "./wordsFilter";

interface Props {
  onApply: (search: ReturnType<typeof searchOf>) => void;
  onClose: () => void;
}

/** Words into a filter of the table: a form to look at and edit, applied by hand alone. */
export function WordsFilter({ onApply, onClose }: Props) {
  const [words, setWords] = useState("");
  const fill = useMutation({ mutationFn: (said: string) => fillFilter(said) });
  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim()) fill.mutate(words);
  };
  return (
    <section aria-label="Filter in words" className="border-b border-line px-3 py-3 md:px-4">
      <form onSubmit={ask} className="flex flex-wrap gap-2">
        <input
          // biome-ignore lint/a11y/noAutofocus: it was opened in order to type into it
          autoFocus
          value={words}
          maxLength={500}
          onChange={(event) => setWords(event.target.value)}
          aria-label="What to show, in words"
          placeholder='For example: buys from "Harbour Books", best ROI first'
          className="field min-w-0 flex-1 basis-64"
        />
        <Button type="submit" disabled={fill.isPending || !words.trim()}>
          {fill.isPending ? "Reading…" : "Make a filter"}
        </Button>
        <Button kind="quiet" onClick={onClose}>
          Close
        </Button>
      </form>
      {fill.error && (
        <div className="mt-2">
          <ProblemNotice error={fill.error} />
        </div>
      )}
      {fill.data && !fill.isPending && (
        <FilterForm
          key={fill.submittedAt}
          form={fill.data}
          onApply={(draft) => onApply(searchOf(draft))}
        />
      )}
    </section>
  );
}
