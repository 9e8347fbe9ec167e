import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import type { Explanation } from "@/api/types";
import { WrittenText } from "./WrittenText";

const written: Explanation = {
  use: "shortlist",
  parts: [
    {
      about: "list",
      title: "The list",
      verdict: null,
      decision_id: null,
      asin: null,
      claims: [{ text: "1 pick of 4 decisions.", facts: ["list.chosen"] }],
    },
    {
      about: "d7",
      title: "A Quiet Book",
      verdict: "buy",
      decision_id: 7,
      asin: "B0SBM0IQRL",
      claims: [
        { text: "Pay at most $11.40.", facts: ["d7.max_cost"] },
        { text: "A unit makes $4.53 at $11.40.", facts: ["d7.profit.p50", "d7.max_cost"] },
      ],
    },
  ],
  facts: [
    { id: "list.chosen", label: "how the list came about", text: "1 pick of 4", is_sent: true },
    { id: "d7.max_cost", label: "max cost", text: "$11.40", is_sent: true },
    { id: "d7.profit.p50", label: "median profit", text: "$4.53", is_sent: true },
  ],
  author: "template",
  model: null,
  why_template: { code: "narrator_rejected", text: "The server refused the key (HTTP 401)." },
  cached: false,
  version: "template-1",
};

const html = (props: Partial<Parameters<typeof WrittenText>[0]>) =>
  renderToStaticMarkup(<WrittenText claims={[]} written={null} {...props} />);

describe("WrittenText", () => {
  it("puts each part beside the facts that it rests on, each fact once", () => {
    const shown = html({ written });
    const [, list = "", pick = ""] = shown.split("<ol ");
    expect(list).toContain('aria-label="Facts: The list"');
    expect(list).toContain("1 pick of 4");
    expect(pick).toContain('aria-label="Facts: A Quiet Book"');
    expect(pick.match(/\$11\.40/g)).toHaveLength(1);
    expect(pick.indexOf("max cost")).toBeLessThan(pick.indexOf("median profit"));
  });
  it("numbers the facts of every sentence", () => {
    expect(html({ written }).match(/aria-label="Fact \d"/g)).toEqual([
      'aria-label="Fact 1"',
      'aria-label="Fact 1"',
      'aria-label="Fact 2"',
      'aria-label="Fact 1"',
    ]);
  });
  it("heads a product's part as the page wants it", () => {
    const shown = html({ written, heading: (title, asin) => <a href={`/${asin}`}>{title}</a> });
    expect(shown).toContain('<a href="/B0SBM0IQRL">A Quiet Book</a>');
    expect(shown).not.toContain("<a>The list");
  });
  it("says who wrote it, and why it was no model", () => {
    expect(html({ written })).toContain(
      "Written by the template. The server refused the key (HTTP 401).",
    );
    const byModel = { ...written, author: "model" as const, model: "m-1", why_template: null };
    expect(html({ written: byModel })).toContain("Written by m-1; every figure was checked.");
    expect(html({ written: { ...byModel, cached: true } })).toContain("Written by m-1, earlier;");
  });
  it("shows claims while they come, without facts", () => {
    const shown = html({ claims: [{ about: "why", text: "It sells.", facts: ["x"] }] });
    expect(shown).toContain("It sells.");
    expect(shown).not.toContain("<ol");
    expect(shown).not.toContain("Written by");
  });
});
