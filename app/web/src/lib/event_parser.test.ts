import { describe, expect, it } from "vitest";
import { EventParser } from "./event_parser";

const STREAM =
  'id: t:1\nevent: turn\ndata: {"a":1}\n\n: still here\n\nid: t:2\r\nevent: delta\r\ndata: one\r\ndata: two\r\n\r\n';

describe("EventParser", () => {
  it("reads events with ids, names and data of several lines, and makes nothing of comments", () => {
    expect(new EventParser().push(STREAM)).toEqual([
      { id: "t:1", event: "turn", data: '{"a":1}' },
      { id: "t:2", event: "delta", data: "one\ntwo" },
    ]);
  });

  it("gives the same events wherever the stream is cut", () => {
    const whole = new EventParser().push(STREAM);
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      const parser = new EventParser();
      expect([...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]).toEqual(whole);
    }
  });

  it("keeps an event back until its empty line has come", () => {
    const parser = new EventParser();
    expect(parser.push("data: half")).toEqual([]);
    expect(parser.push("\n\n")).toEqual([{ id: "", event: "message", data: "half" }]);
  });
});
