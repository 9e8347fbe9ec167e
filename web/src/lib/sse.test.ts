import { describe, expect, it } from "vitest";
import { splitEvents } from "./sse";

describe("splitEvents", () => {
  it("gives complete events and keeps what is still coming", () => {
    const { events, rest } = splitEvents('event: claim\ndata: {"a":1}\n\nevent: wri');
    expect(events).toEqual([{ event: "claim", data: '{"a":1}' }]);
    expect(rest).toBe("event: wri");
  });

  it("skips comments and keeps lines of data together", () => {
    const { events } = splitEvents(": ping\n\ndata: one\ndata: two\r\n\r\n");
    expect(events).toEqual([{ event: "message", data: "one\ntwo" }]);
  });
});
