import { describe, expect, it } from "vitest";
import { columnsIn } from "@/api/forms";
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
