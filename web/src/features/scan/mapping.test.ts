import { describe, expect, it } from "vitest";
import { columnsIn } from "@/api/forms";
import { Problem } from "@/api/problem";
import { assigned, mappingOf } from "./mapping";

describe("mappingOf", () => {
  it("takes the columns that were detected", () => {
    const columns = [
      { header: "Barcode", field: "identifier", sample: [] },
      { header: "Asked", field: null, sample: [] },
      { header: "Colour", field: "colour", sample: [] },
    ];
    expect(mappingOf(columns)).toEqual({ identifier: "Barcode" });
  });
});

describe("assigned", () => {
  const mapping = { identifier: "Barcode", cost: "Asked" };
  it("gives a field one column, and a column one field", () => {
    expect(assigned(mapping, "Price", "cost")).toEqual({ identifier: "Barcode", cost: "Price" });
    expect(assigned(mapping, "Asked", "quantity")).toEqual({
      identifier: "Barcode",
      quantity: "Asked",
    });
    expect(assigned(mapping, "Barcode", "cost")).toEqual({ cost: "Barcode" });
  });
  it("takes a meaning away", () => {
    expect(assigned(mapping, "Asked", "")).toEqual({ identifier: "Barcode" });
  });
});

describe("columnsIn", () => {
  it("keeps headings alone", () => {
    const form = {
      use: "columns" as const,
      fields: { identifier: "Artikel", cost: 3 },
      left: [],
      model: null,
      why_template: null,
      is_cached: false,
      tokens: null,
    };
    expect(columnsIn(form)).toEqual({ identifier: "Artikel" });
  });
});

describe("a file in which nothing identifies the products", () => {
  it("still names its columns, apart from what went wrong", () => {
    const problem = new Problem(
      {
        detail: "odd.csv has no column that identifies products.",
        errors: [
          { place: "body", pointer: "/columns/Art~1Nr", message: "978 · 979" },
          { place: "body", pointer: "/policy", message: "is unknown" },
        ],
      },
      422,
    );
    expect(problem.columns).toEqual([{ header: "Art/Nr", field: null, sample: ["978", "979"] }]);
    expect(problem.hints).toEqual(["/policy: is unknown"]);
  });
});
