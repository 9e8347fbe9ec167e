import { describe, expect, it } from "vitest";
import { normalizeAmount, parseLeads } from "./leads";

describe("parseLeads", () => {
  it("reads one identifier per line", () => {
    expect(parseLeads("0593655036\n\n B00FLIJJSA \r\n")).toEqual([
      { identifier: "0593655036" },
      { identifier: "B00FLIJJSA" },
    ]);
  });
  it.each([
    ["0593655036\t12.50\t3", "tab"],
    ["0593655036;12,50;3", "semicolon and decimal comma"],
    ["0593655036, $12.50, 3", "comma and currency sign"],
    ["0593655036 12.50 3", "spaces"],
  ])("parts %j by %s", (line) => {
    expect(parseLeads(line)).toEqual([{ identifier: "0593655036", cost: "12.50", quantity: 3 }]);
  });
  it("keeps codes that are printed in groups together", () => {
    expect(parseLeads("978 0 593 65503 0")).toEqual([{ identifier: "978 0 593 65503 0" }]);
    expect(parseLeads("978-0-593-65503-0 4.99")).toEqual([
      { identifier: "978-0-593-65503-0", cost: "4.99" },
    ]);
    expect(parseLeads("978 0 593 65503 0 4.99")).toEqual([
      { identifier: "978 0 593 65503 0", cost: "4.99" },
    ]);
    expect(parseLeads("080442957X")).toEqual([{ identifier: "080442957X" }]);
  });
  it("takes a number after a whole code for its cost", () => {
    expect(parseLeads("0134093410 4\n9780593655030 4\n012345678905 12 2\nB00FLIJJSA 3")).toEqual([
      { identifier: "0134093410", cost: "4" },
      { identifier: "9780593655030", cost: "4" },
      { identifier: "012345678905", cost: "12", quantity: 2 },
      { identifier: "B00FLIJJSA", cost: "3" },
    ]);
  });
  it("reads links with a cost", () => {
    expect(parseLeads("https://www.amazon.com/dp/0593655036?th=1 7")).toEqual([
      { identifier: "https://www.amazon.com/dp/0593655036?th=1", cost: "7" },
    ]);
  });
  it("leaves a header out and keeps what it cannot read", () => {
    expect(parseLeads("ISBN,cost\n123,abc")).toEqual([{ identifier: "123", cost: "abc" }]);
    expect(parseLeads("identifier\n0593655036")).toEqual([{ identifier: "0593655036" }]);
  });
  it("answers nothing for nothing", () => {
    expect(parseLeads(" \n\t\n")).toEqual([]);
  });
});

describe("normalizeAmount", () => {
  it.each([
    ["$1,299.00", "1299.00"],
    ["1,299", "1299"],
    ["12,5", "12.5"],
    ["€ 3", "3"],
    ["EUR 3.10", "3.10"],
    ["free", "free"],
  ])("turns %j into %j", (text, expected) => {
    expect(normalizeAmount(text)).toBe(expected);
  });
});
