import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { ShortlistChoice } from "./ShortlistChoice";
import { DEFAULT_CHOICE, preferenceText, shortlistRequest } from "./shortlist";

describe("shortlistRequest", () => {
  it("asks as the API counts", () => {
    expect(shortlistRequest("run-1", { size: 15, speed: 70 })).toEqual({
      use: "shortlist",
      run_id: "run-1",
      size: 15,
      speed: 0.7,
    });
  });
});

describe("preferenceText", () => {
  it.each([
    [0, "profit alone"],
    [30, "profit first"],
    [50, "both alike"],
    [60, "speed first"],
    [100, "speed alone"],
  ])("%i is %s", (speed, text) => expect(preferenceText(speed)).toBe(text));
});

describe("ShortlistChoice", () => {
  it("says what is chosen, to eyes and ears", () => {
    const shown = renderToStaticMarkup(
      <ShortlistChoice choice={DEFAULT_CHOICE} onChange={() => undefined} />,
    );
    expect(shown).toMatch(/aria-pressed="true"[^>]*>5</);
    expect(shown).toContain('aria-valuetext="profit first"');
    expect(shown).toContain("Preference between profit and speed");
  });
});
