import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it, vi } from "vitest";
import type { FilledForm } from "@/api/types";
import { FilterForm } from "./FilterForm";
import { draftOf, searchOf } from "./wordsFilter";

const form = (fields: FilledForm["fields"]): FilledForm => ({
  use: "filter",
  fields,
  left: ["for my aunt"],
  model: null,
  why_template: { code: "off", text: "No language model is set up." },
  is_cached: false,
  tokens: null,
});

describe("draftOf", () => {
  it("takes what the table can filter by", () => {
    const fields = { verdicts: ["review", "buy"], text: "otter", supplier: "Ann", sort: "-roi" };
    expect(draftOf(form(fields))).toEqual({
      verdict: "buy,review",
      q: "otter",
      supplier: "Ann",
      sort: "-roi",
    });
  });
  it("leaves out what the table does not know", () => {
    expect(draftOf(form({ verdicts: ["maybe"], sort: "happiness", text: 5, limit: 9 }))).toEqual({
      verdict: undefined,
      q: "",
      supplier: "",
      sort: undefined,
    });
  });
  it("takes all verdicts for none", () => {
    const all = ["buy", "review", "skip", "unknown"];
    expect(draftOf(form({ verdicts: all })).verdict).toBeUndefined();
  });
});

describe("searchOf", () => {
  it("takes away what is left empty", () => {
    const draft = { verdict: undefined, q: "  ", supplier: " Ann ", sort: undefined };
    expect(searchOf(draft)).toEqual({
      verdict: undefined,
      q: undefined,
      supplier: "Ann",
      sort: undefined,
    });
  });
});

describe("FilterForm", () => {
  it("shows every field to be edited and applies nothing by itself", () => {
    const apply = vi.fn();
    const shown = renderToStaticMarkup(
      <FilterForm
        form={form({ verdicts: ["buy"], text: "otter", sort: "-roi" })}
        onApply={apply}
      />,
    );
    expect(shown).toContain('value="otter"');
    expect(shown).toMatch(/aria-pressed="true"[^>]*>(?:(?!<\/button>).)*Buy/);
    expect(shown).toContain('<option value="-roi" selected="">ROI, descending</option>');
    expect(shown).toContain("Not understood: for my aunt");
    expect(shown).toContain("Filled in by the built-in phrases. No language model is set up.");
    expect(apply).not.toHaveBeenCalled();
  });
});
