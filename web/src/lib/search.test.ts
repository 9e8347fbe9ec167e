import { describe, expect, it } from "vitest";
import {
  leadsSearch,
  nextSort,
  parseSearch,
  parseSort,
  parseVerdicts,
  productSearch,
  stringifySearch,
  toggleVerdict,
} from "./search";

describe("the address", () => {
  it("stays readable and comes back the same", () => {
    const search = { cost: "12.50", q: "a & b", verdict: "buy,review" };
    expect(parseSearch(stringifySearch(search))).toEqual(search);
    expect(stringifySearch({ cost: "12.50" })).toBe("?cost=12.50");
    expect(stringifySearch({ a: undefined, b: "" })).toBe("");
  });
  it("drops what a route does not take", () => {
    expect(leadsSearch({ verdict: "buy,nope", sort: "-hack", q: "  ", x: "1" })).toEqual({
      verdict: "buy",
    });
    expect(
      productSearch({
        cost: "12.5",
        condition: "mint",
        channel: "fba",
        quantity: "0",
        discount: "x",
      }),
    ).toEqual({ cost: "12.5", channel: "fba" });
  });
});

describe("verdict filter", () => {
  it("switches one verdict and forgets a full set", () => {
    expect(toggleVerdict(undefined, "buy")).toBe("buy");
    expect(toggleVerdict("buy", "review")).toBe("buy,review");
    expect(toggleVerdict("buy,review", "buy")).toBe("review");
    expect(toggleVerdict("review", "review")).toBeUndefined();
    expect(toggleVerdict("buy,review,skip", "unknown")).toBeUndefined();
    expect(parseVerdicts("skip,buy,x")).toEqual(["buy", "skip"]);
  });
});

describe("sort", () => {
  it("puts the better end first, then reverses, then lets go", () => {
    expect(nextSort(undefined, "profit")).toBe("-profit");
    expect(nextSort("-profit", "profit")).toBe("profit");
    expect(nextSort("profit", "profit")).toBeUndefined();
    expect(nextSort("-profit", "sales_rank")).toBe("sales_rank");
    expect(nextSort("sales_rank", "sales_rank")).toBe("-sales_rank");
  });
  it("reads only declared keys", () => {
    expect(parseSort("-roi")).toEqual({ key: "roi", isDescending: true });
    expect(parseSort("rank")).toBeNull();
    expect(parseSort(undefined)).toBeNull();
  });
});
