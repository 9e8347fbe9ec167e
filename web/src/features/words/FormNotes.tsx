import type { FilledForm } from "@/api/types";
import { Author } from "./Author";

/** What a form from words leaves out, and who filled it in. */
export function FormNotes({ form }: { form: FilledForm }) {
  return (
    <div>
      {form.left.map((words) => (
        <p key={words} className="text-sm text-warn">
          Not understood: {words}
        </p>
      ))}
      <Author
        model={form.model}
        whyTemplate={form.why_template}
        isCached={form.is_cached}
        verb="Filled in"
        otherwise="the built-in phrases"
      />
    </div>
  );
}
